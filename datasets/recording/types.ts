import type {
  DagObservation,
  DagRunObservation,
  PoolObservation,
  TaskObservation,
  TryObservation,
  UnixSeconds,
} from '../../core/facts.js';
import type { DagDependencyObservation } from '../../core/surroundings.js';

/** What was recorded and how: the machine-readable data card beside a recording. */
export interface RecordingCard {
  readonly name: string;
  readonly airflowVersion: string;
  /** The loader multiplies times by this: minutes were recorded for days. */
  readonly factor: number;
  readonly recordedFrom: UnixSeconds;
  readonly recordedTo: UnixSeconds;
  /** The moment of the stretched calendar (hours, weekdays) that `recordedTo` stands for. */
  readonly calendarEnd: UnixSeconds;
}

/** A recorded history: what Airflow's API told at the end of the recording, in its true times. */
export interface Recording {
  readonly card: RecordingCard;
  readonly dags: readonly DagObservation[];
  readonly tasks: readonly TaskObservation[];
  readonly pools: readonly PoolObservation[];
  /** Through assets. */
  readonly dependencies: readonly DagDependencyObservation[];
  readonly dagRuns: readonly DagRunObservation[];
  readonly tries: readonly TryObservation[];
}
