/** `npm run bench -- single-runs [--dags N]`: `orc import`, `orc train` and `orc backtest` on a history in which every DAG has one run of one task. */
import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { TryObservation } from '../core/facts.js';
import { writeHistoryFile } from '../datasets/simulator/index.js';
import type { BacktestReport } from '../model/index.js';
import { seededRandom } from '../model/random.js';
import { makePrivateFolder } from './private-folder.js';
import { runNode } from './run-process.js';

const ORC = resolve('bin/orc.mjs');
const DAGS = 1_000_000;
/** 2026-01-01T00:00:00Z. */
const START = 1_767_225_600;
const SECONDS_BETWEEN = 10;
const FAILING_SHARE = 0.03;
const OPERATORS = ['BashOperator', 'PythonOperator', 'SparkSubmitOperator'] as const;

/** One run of one task per DAG, 3 % of which fail, whatever is known of them. */
export function* singleRuns(dags: number, seed = 1): Generator<TryObservation, void, undefined> {
  const random = seededRandom(seed);
  for (let index = 0; index < dags; index++) {
    const queuedAt = START + index * SECONDS_BETWEEN;
    const dagId = `dag_${String(index).padStart(7, '0')}`;
    yield {
      ...{ deployment: 'default', dagId, runId: 'once', taskId: 'task', mapIndex: -1, tryNumber: 1 },
      state: random() < FAILING_SHARE ? 'failed' : 'success',
      ...{ runType: 'manual', scheduledAt: null },
      ...{ queuedAt, startedAt: queuedAt + 1, endedAt: queuedAt + 60 },
      operator: OPERATORS[Math.floor(random() * OPERATORS.length)]!,
      ...{ pool: 'default_pool', queue: 'default', owner: 'airflow', hostname: null, extra: null },
    };
  }
}

export interface StepMeasurement {
  readonly seconds: number;
  /** Largest resident size of the process (PostgreSQL apart); null where the kernel does not tell. */
  readonly peakMiB: number | null;
}

export interface SingleRunsMeasurement {
  readonly dags: number;
  readonly import: StepMeasurement;
  readonly train: StepMeasurement;
  readonly backtest: StepMeasurement;
  /** Of the model and of the historical rate, on the tested part. */
  readonly risks: BacktestReport['subsets']['all'];
}

/** Measures with `--dags N` DAGs, a million unless given. */
export async function benchSingleRuns(flags: ReadonlyMap<string, string>): Promise<SingleRunsMeasurement> {
  const dags = Number(flags.get('dags') ?? DAGS);
  if (!Number.isInteger(dags) || dags < 1) throw new Error(`--dags ${dags}: expected a number of DAGs`);
  const folder = await makePrivateFolder('single-runs');
  const run = async (
    command: string,
    ...args: string[]
  ): Promise<{ step: StepMeasurement; output: string }> => {
    const all = [ORC, command, ...args, '--data-dir', join(folder, 'data'), '--json'];
    const { output, seconds, peakMiB } = await runNode(all);
    process.stderr.write(`  ${command}: ${seconds.toFixed(1)} s, ${peakMiB ?? '?'} MiB\n`);
    return { output, step: { seconds, peakMiB } };
  };
  try {
    const history = join(folder, 'history.csv.gz');
    await writeHistoryFile(history, singleRuns(dags));
    const { step: imported } = await run('import', history);
    const { step: trained } = await run('train');
    const { step: tested, output } = await run('backtest');
    const report = JSON.parse(output) as BacktestReport;
    return { dags, import: imported, train: trained, backtest: tested, risks: report.subsets.all };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
