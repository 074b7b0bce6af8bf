/** DAG runs with their outcomes, and the moments at which their risk was worked out. */
import type { UnixSeconds } from '../../core/facts.js';
import { runKey } from '../../features/row-keys.js';
import type { Stage } from '../../features/types.js';
import {
  STAGE_PLANNED,
  STAGE_QUEUED,
  STAGE_RETRYING,
  STAGE_RUNNING,
  type ReplayedVectors,
} from '../../features/vector-store.js';

/** A DAG run that has ended. */
export interface TestedRun {
  readonly deployment: string;
  readonly dagId: string;
  readonly runId: string;
  /** When it was queued. */
  readonly createdAt: UnixSeconds;
  readonly endedAt: UnixSeconds;
  readonly failed: boolean;
  /** When the first of its tasks failed for good, at the latest its end; null when it did not fail. */
  readonly failedAt: UnixSeconds | null;
}

/** A risk of a run as it would have been shown from `at` on. */
export interface RiskMoment {
  /** Index of the run. */
  readonly run: number;
  readonly stage: Stage;
  readonly at: UnixSeconds;
  readonly risk: number;
  /** Whether the latest run of the DAG that had ended by then failed; null when none had. */
  readonly afterFailure: boolean | null;
  /** Where its vector is: row of the DAG runs' vectors, or of those at stage `planned`. */
  readonly row: number;
}

/** Stages by their codes. */
export const STAGE_NAMES: Readonly<Record<number, Stage>> = {
  [STAGE_PLANNED]: 'planned',
  [STAGE_QUEUED]: 'queued',
  [STAGE_RUNNING]: 'running',
  [STAGE_RETRYING]: 'retrying',
};

/** Runs by number, and the number of each by its key. */
export interface RunIndex {
  readonly runs: readonly TestedRun[];
  readonly numbers: ReadonlyMap<string, number>;
}

/** The runs that vectors describe, in the order in which they were created. */
export function indexRuns(vectors: ReplayedVectors, tries: ReplayedVectors): RunIndex {
  const numbers = new Map<string, number>();
  const runs: TestedRun[] = [];
  const failedKeys = new Set<string>();
  for (let row = 0; row < vectors.rows; row++) {
    const subject = vectors.subject(row);
    const key = runKey(subject);
    if (numbers.has(key)) continue;
    const failed = vectors.labels[row] === 1;
    numbers.set(key, runs.length);
    if (failed) failedKeys.add(key);
    const endedAt = vectors.labelKnownAt[row]!;
    const { deployment, dagId, runId } = subject;
    runs.push({
      ...{ deployment, dagId, runId, createdAt: vectors.decidedAt[row]!, endedAt, failed },
      failedAt: failed ? endedAt : null,
    });
  }
  const failedAt = findFailureTimes(tries, failedKeys);
  return {
    runs: runs.map((run) => {
      const first = failedAt.get(runKey(run));
      return run.failedAt === null || first === undefined
        ? run
        : { ...run, failedAt: Math.max(run.createdAt, Math.min(run.failedAt, first)) };
    }),
    numbers,
  };
}

interface LastTry {
  readonly number: number;
  readonly failed: boolean;
  readonly endedAt: UnixSeconds;
}

/** When the first task instance failed for good in each of the runs: the end of a last try that failed. */
export function findFailureTimes(
  tries: ReplayedVectors,
  failedRuns: ReadonlySet<string>,
): ReadonlyMap<string, UnixSeconds> {
  const lastTries = new Map<string, Map<string, LastTry>>();
  for (let row = 0; row < tries.rows; row++) {
    const subject = tries.subject(row);
    const key = runKey(subject);
    if (!failedRuns.has(key)) continue;
    let instances = lastTries.get(key);
    if (instances === undefined) lastTries.set(key, (instances = new Map<string, LastTry>()));
    const instance = `${subject.mapIndex} ${subject.taskId}`;
    const number = subject.tryNumber;
    if (number < (instances.get(instance)?.number ?? 0)) continue;
    instances.set(instance, { number, failed: tries.labels[row] === 1, endedAt: tries.labelKnownAt[row]! });
  }
  const times = new Map<string, UnixSeconds>();
  for (const [key, instances] of lastTries) {
    const ends = [...instances.values()].filter(({ failed }) => failed).map(({ endedAt }) => endedAt);
    if (ends.length > 0) times.set(key, Math.min(...ends));
  }
  return times;
}

/** The moments of some rows with the risk of each; rows of unknown runs (without an outcome) are left out. */
export function collectMoments(
  vectors: ReplayedVectors,
  rows: ArrayLike<number>,
  risks: Float64Array,
  index: RunIndex,
): RiskMoment[] {
  const moments: RiskMoment[] = [];
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    const run = index.numbers.get(runKey(vectors.subject(row)));
    if (run === undefined) continue;
    const last = vectors.lastOutcome[row]!;
    moments.push({
      run,
      stage: STAGE_NAMES[vectors.stages[row]!]!,
      at: vectors.decidedAt[row]!,
      risk: risks[i]!,
      afterFailure: Number.isNaN(last) ? null : last === 1,
      row,
    });
  }
  return moments;
}
