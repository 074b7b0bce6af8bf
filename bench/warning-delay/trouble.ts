import type { Queryable } from '../../core/database/port.js';
import { writeDagRuns, writeTries, type WriteOptions } from '../../core/fact-log/write.js';
import type { DagRunObservation, RunState, TryObservation, TryState, UnixSeconds } from '../../core/facts.js';
import { seededRandom } from '../../model/random.js';

export const DEPLOYMENT = 'bench';
const RUNS = 200;
const HOUR = 3600;
const HISTORY: Pick<WriteOptions, 'source' | 'visibilityAssumed'> = {
  source: 'history_file',
  visibilityAssumed: true,
};

export const dagName = (index: number): string => `dag_${String(index).padStart(3, '0')}`;

interface Run {
  readonly dagId: string;
  readonly runId: string;
  readonly startedAt: UnixSeconds;
}

function dagRun(
  { dagId, runId, startedAt }: Run,
  state: RunState,
  endedAt: UnixSeconds | null,
): DagRunObservation {
  const due = { runAfter: startedAt - 1, logicalDate: startedAt - 1, queuedAt: startedAt - 1 };
  return { deployment: DEPLOYMENT, dagId, runId, state, runType: 'scheduled', ...due, startedAt, endedAt };
}

function attempt(
  { dagId, runId, startedAt }: Run,
  taskId: string,
  tryNumber: number,
  state: TryState,
  [from, to]: readonly [from: number, to: number | null],
): TryObservation {
  return {
    ...{ deployment: DEPLOYMENT, dagId, runId, taskId, mapIndex: -1, tryNumber, state, runType: 'scheduled' },
    ...{ scheduledAt: startedAt + from - 2, queuedAt: startedAt + from - 1, startedAt: startedAt + from },
    endedAt: to === null ? null : startedAt + to,
    ...{
      operator: 'PythonOperator',
      pool: 'default_pool',
      queue: 'default',
      owner: 'airflow',
      hostname: 'w',
    },
    extra: { max_tries: 1 },
  };
}

/** Hourly runs of every DAG until now. In one of ten the first task fails twice, and five minutes later so does the run. */
export async function writeHistory(connection: Queryable, dags: number, now: UnixSeconds): Promise<void> {
  const random = seededRandom(1);
  const runs: DagRunObservation[] = [];
  const tries: TryObservation[] = [];
  for (let dag = 0; dag < dags; dag++) {
    for (let hour = 0; hour < RUNS; hour++) {
      const startedAt = now - (RUNS - hour) * HOUR + dag;
      const run: Run = { dagId: dagName(dag), runId: `hour_${hour}`, startedAt };
      const fails = random() < 0.1;
      runs.push(dagRun(run, fails ? 'failed' : 'success', startedAt + 310));
      tries.push(attempt(run, 'report', 1, 'success', [1, 305]));
      if (fails) {
        tries.push(attempt(run, 'extract', 1, 'up_for_retry', [1, 3]));
        tries.push(attempt(run, 'extract', 2, 'failed', [12, 14]));
      } else tries.push(attempt(run, 'extract', 1, 'success', [1, 3]));
    }
  }
  await writeDagRuns(connection, runs, { ...HISTORY, knownAt: now });
  await writeTries(connection, tries, { ...HISTORY, knownAt: now });
}

/** A run that is under way, as the collector would tell of it now: its first task has just failed for good. */
export async function writeTrouble(connection: Queryable, dag: number, now: UnixSeconds): Promise<void> {
  const run: Run = { dagId: dagName(dag), runId: 'live', startedAt: now - 15 };
  const live: WriteOptions = { source: 'airflow_rest', visibilityAssumed: false, knownAt: now };
  await writeDagRuns(connection, [dagRun(run, 'running', null)], live);
  const tries = [
    attempt(run, 'report', 1, 'running', [1, null]),
    attempt(run, 'extract', 1, 'up_for_retry', [1, 3]),
    attempt(run, 'extract', 2, 'failed', [12, 14]),
  ];
  await writeTries(connection, tries, live);
}
