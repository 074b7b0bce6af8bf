/** A history in which what happens within a run tells how it ends: of one DAG for sure, of others hardly. */
import type { AnyFact } from '../../../core/fact-log/read.js';
import type { TryState } from '../../../core/facts.js';
import { seededRandom } from '../../../model/random.js';
import { dagRunFact, HOUR, inOrder, MINUTE, START, taskFact, tryFact } from '../../features/support.js';

/** Fails in one of ten runs, each time after two failed tries of its first task. */
export const SURE_DAG = 'sure';
/** Of these, two runs in five begin with a failed try, and one in a hundred fails. */
export const HARMLESS_DAGS = ['harmless_a', 'harmless_b', 'harmless_c'] as const;
const RUNS = 500;
export const HISTORY_END = START + RUNS * HOUR;

export interface TroubledOptions {
  /** Whether facts of their own tell of the runs, as from Airflow; history files hold tries alone. */
  readonly withRuns: boolean;
  /** Whether a second task runs beside the first until the run ends; else a run ends with the last try of its tasks. */
  readonly isParallel: boolean;
}

interface Run {
  readonly dagId: string;
  readonly runId: string;
  readonly at: number;
}

/** Tries of the first task, two minutes each and three apart, with the states given. */
export function firstTries({ dagId, runId, at }: Run, states: readonly TryState[]): AnyFact[] {
  return states.map((state, index) => {
    const queuedAt = at + index * 5 * MINUTE;
    const times = { queuedAt, startedAt: queuedAt + 5, endedAt: queuedAt + 2 * MINUTE };
    return tryFact({ dagId, runId, taskId: 'fetch', tryNumber: index + 1, state, ...times });
  });
}

/** The task that runs beside the first one, from the start of the run to its end. */
export function slowTry({ dagId, runId, at }: Run, endedAt: number | null): AnyFact {
  const state = endedAt === null ? 'running' : 'success';
  return tryFact({ dagId, runId, taskId: 'scan', queuedAt: at, startedAt: at + 5, endedAt, state });
}

function wholeRun(run: Run, states: readonly TryState[], options: TroubledOptions): AnyFact[] {
  const { dagId, runId, at } = run;
  const failed = states.at(-1) !== 'success';
  const fetchedAt = at + (states.length - 1) * 5 * MINUTE + 2 * MINUTE;
  const lastAt = failed ? fetchedAt : fetchedAt + 4 * MINUTE;
  const endedAt = options.isParallel ? at + 30 * MINUTE : lastAt + 0.5;
  const load = { dagId, runId, taskId: 'load', queuedAt: fetchedAt + 1, startedAt: fetchedAt + 6 };
  return [
    ...firstTries(run, states),
    ...(options.isParallel ? [slowTry(run, endedAt)] : []),
    ...(failed ? [] : [tryFact({ ...load, endedAt: lastAt })]),
    ...(options.withRuns
      ? [
          dagRunFact({
            dagId,
            runId,
            queuedAt: at,
            startedAt: at + 1,
            endedAt,
            state: failed ? 'failed' : 'success',
          }),
        ]
      : []),
  ];
}

/** Tries of the first task of a run, by a toss. */
function tossed(dagId: string, random: () => number): TryState[] {
  const toss = random();
  if (dagId === SURE_DAG) {
    if (toss < 0.1) return ['up_for_retry', 'failed'];
    return toss < 0.16 ? ['up_for_retry', 'success'] : ['success'];
  }
  if (toss < 0.01) return ['up_for_retry', 'up_for_retry', 'failed'];
  if (toss < 0.2) return ['up_for_retry', 'up_for_retry', 'success'];
  return toss < 0.4 ? ['up_for_retry', 'success'] : ['success'];
}

/** 500 hourly runs of each DAG. */
export function troubledHistory(seed: number, options: TroubledOptions): AnyFact[] {
  const random = seededRandom(seed);
  const dags = [SURE_DAG, ...HARMLESS_DAGS];
  const retries = (dagId: string): number => (dagId === SURE_DAG ? 1 : 2);
  const described = options.withRuns
    ? dags.map((dagId): AnyFact => taskFact({ dagId, taskId: 'fetch', retries: retries(dagId) }))
    : [];
  const runs = Array.from({ length: RUNS }, (_, hour) =>
    dags.map((dagId, k) => {
      const run = { dagId, runId: `run ${String(hour).padStart(3, '0')}`, at: START + hour * HOUR + k * 37 };
      return wholeRun(run, tossed(dagId, random), options);
    }),
  );
  return inOrder([...described, ...runs.flat(2)]);
}
