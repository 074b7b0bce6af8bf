import type { UnixSeconds } from '../../core/facts.js';
import type { Stage } from '../../features/types.js';
import type { SubjectKind } from '../types.js';

/** A score as it was served. */
export interface ServedScore {
  readonly kind: SubjectKind;
  readonly deployment: string;
  readonly dagId: string;
  /** Null while the run is not created yet. */
  readonly runId: string | null;
  /** Of a DAG run: empty, -1 and 0. */
  readonly taskId: string;
  readonly mapIndex: number;
  readonly tryNumber: number;
  readonly stage: Stage;
  readonly decidedAt: UnixSeconds;
  readonly risk: number;
  /** Whether the latest outcome known at the decision was a success: a failure is then an onset. */
  readonly afterSuccess: boolean;
  readonly modelVersion: string;
  readonly vector: Float32Array;
}

/** Scores that met their outcome, one per subject, as columns in the order in which the outcomes became known. */
export interface ScoredOutcomes {
  readonly rows: number;
  readonly risks: Float64Array;
  /** 1 failed, 0 success. */
  readonly labels: Uint8Array;
  readonly afterSuccess: Uint8Array;
  readonly decidedAt: Float64Array;
  readonly knownAt: Float64Array;
  /** Number of the DAG run that each belongs to, from 0: what fails together. */
  readonly runs: Int32Array;
}
