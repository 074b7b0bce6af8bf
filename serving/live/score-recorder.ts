/** Decides which of the scores of a round are worth storing: the first of each subject in each stage. */
import type { UnixSeconds } from '../../core/facts.js';
import { DAG_RUN_FEATURES, TRY_FEATURES, featureIndex } from '../../features/registry.js';
import type { DagRunSubject, Stage, TrySubject } from '../../features/types.js';
import type { ServedScore } from '../../model/quality/types.js';
import type { CurrentDag } from './subjects.js';

/** Where recorded scores go; false when there is no room at the moment. */
export interface ScoreSink {
  offer(score: ServedScore): boolean;
  flush(): void;
}

const LAST_OUTCOME = {
  try: featureIndex(TRY_FEATURES, 'task__last_outcome__latest'),
  dag_run: featureIndex(DAG_RUN_FEATURES, 'dag_run__last_outcome__latest'),
} as const;

/** A planned run is stored once more so long before it is due: people act on what is said then, rather than a day ahead. */
const DUE_SECONDS = 1800;

/** What a subject is stored once in: its stage, or that it is due soon. */
type Step = Stage | 'due';

/**
 * At most one row per subject and stage. A try is stored once its run exists; of a run that does not exist yet, the DAG run's
 * own score is stored, anew after each run of the DAG that ended, and shortly before it is due. After a restart the present stages are stored once more.
 */
export class ScoreRecorder {
  /** What was stored of the subjects of the round before, and of this one. */
  private before = new Map<string, Step>();
  private present = new Map<string, Step>();
  /** Latest finished run of the DAGs whose next run is only planned. */
  private readonly lastRuns = new Map<string, string>();
  private now: UnixSeconds = 0;
  private modelVersion = '';

  constructor(private readonly sink: ScoreSink) {}

  begin(dags: readonly CurrentDag[], now: UnixSeconds, modelVersion: string): void {
    this.now = now;
    this.modelVersion = modelVersion;
    this.lastRuns.clear();
    for (const { deployment, dagId, outcomes } of dags)
      this.lastRuns.set(`${deployment}\0${dagId}`, outcomes.at(-1)?.runId ?? '');
  }

  record(subject: DagRunSubject | TrySubject, risk: number, values: Float32Array, offset: number): void {
    const { kind, stage, deployment, dagId, runId } = subject;
    const isTry = kind === 'try';
    if (runId === null && isTry) return;
    const run = runId ?? `\0${this.lastRuns.get(`${deployment}\0${dagId}`) ?? ''}`;
    const key = isTry
      ? `${deployment}\0${dagId}\0${run}\0${subject.taskId}\0${subject.mapIndex}\0${subject.tryNumber}`
      : `${deployment}\0${dagId}\0${run}`;
    const step = this.isDueSoon(subject) ? 'due' : stage;
    if (this.before.get(key) === step || this.present.get(key) === step) {
      this.present.set(key, step);
      return;
    }
    const width = isTry ? TRY_FEATURES.length : DAG_RUN_FEATURES.length;
    const vector = values.slice(offset, offset + width);
    const isTaken = this.sink.offer({
      kind,
      deployment,
      dagId,
      runId,
      taskId: isTry ? subject.taskId : '',
      mapIndex: isTry ? subject.mapIndex : -1,
      tryNumber: isTry ? subject.tryNumber : 0,
      stage,
      decidedAt: this.now,
      risk,
      afterSuccess: vector[LAST_OUTCOME[kind]] === 0,
      modelVersion: this.modelVersion,
      vector,
    });
    if (isTaken) this.present.set(key, step);
  }

  end(): void {
    this.before = this.present;
    this.present = new Map();
    this.sink.flush();
  }

  private isDueSoon(subject: DagRunSubject | TrySubject): boolean {
    if (subject.kind !== 'dag_run' || subject.stage !== 'planned' || subject.runAfter === null) return false;
    return this.now >= subject.runAfter - DUE_SECONDS;
  }
}
