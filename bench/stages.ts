/** How good risks are at each stage, beside what a perfect forecast would show at that size. */
import type { AnyFact } from '../core/fact-log/read.js';
import { featureIndex, DAG_RUN_FEATURES } from '../features/registry.js';
import { replayTries } from '../features/replay.js';
import { firstRowAt, sliceRows } from '../features/slice-rows.js';
import type { ReplayedVectors } from '../features/vector-store.js';
import { runKey } from '../features/row-keys.js';
import { STAGE_NAMES } from '../model/backtest/run-history.js';
import { riskMetrics, type RiskMetrics } from '../model/evaluation/metrics.js';
import { perfectForecastError } from '../model/evaluation/perfect-forecast.js';
import { runInWorker } from '../model/training/run-in-worker.js';
import { batches } from './histories.js';
import { recordedFacts, simulatedFacts } from './lateness-facts.js';

/** Shares of the tries that train, and that are looked at in all; other ones choose inside the training part. */
const TRAIN_SHARE = 0.7;
const LAST_SHARE = 1;
const SEED = 1;
const SIMULATED = { dags: 100, days: 60 };

interface StageFigures extends RiskMetrics {
  readonly stage: string;
  readonly rows: number;
  readonly failures: number;
  readonly perfect: number | null;
}

/** Figures by stage of a history; runs in which a task is failing apart. */
export interface StagesMeasurement {
  readonly history: string;
  readonly tries: readonly StageFigures[];
  readonly dagRuns: readonly StageFigures[];
}

/** The recording of a real Airflow and simulated histories; `train` and `last` are the shares above. */
export async function benchStages(flags: ReadonlyMap<string, string>): Promise<StagesMeasurement[]> {
  const train = Number(flags.get('train') ?? TRAIN_SHARE);
  const last = Number(flags.get('last') ?? LAST_SHARE);
  const measurements = [await measure('recording', recordedFacts(), train, last)];
  for (const seed of [1, 7]) {
    const facts = simulatedFacts({ ...SIMULATED, seed });
    measurements.push(await measure(`simulated, seed ${seed}`, facts, train, last));
  }
  return measurements;
}

async function measure(
  history: string,
  facts: readonly AnyFact[],
  train: number,
  last: number,
): Promise<StagesMeasurement> {
  const first = await replayTries(batches(facts));
  const split = Math.floor(train * first.tries.rows);
  const from = first.tries.decidedAt[split]!;
  const until = first.tries.decidedAt[Math.floor(last * first.tries.rows)] ?? Infinity;
  const { tries, dagRuns, stages } = await replayTries(batches(facts), {
    stages: { from: -Infinity, tryShare: 1, laterFrom: from },
  });
  const trouble = featureIndex(DAG_RUN_FEATURES, 'dag_run__trouble_rate__now');
  const inTrouble = (vectors: ReplayedVectors, row: number): boolean =>
    !Number.isNaN(vectors.values[row * vectors.features.length + trouble]!);
  const outcomes = new Map<string, number>();
  for (let row = 0; row < dagRuns.rows; row++)
    outcomes.set(runKey(dagRuns.subject(row)), dagRuns.labels[row]!);
  const planned = stages!.dagRuns;
  return {
    history,
    tries: await test(
      tries,
      split,
      { from, until },
      stages!.tries,
      (others, row) => others.labels[row]!,
      () => '',
    ),
    dagRuns: await test(
      dagRuns,
      firstRowAt(dagRuns, from),
      { from, until },
      planned,
      (others, row) => outcomes.get(runKey(others.subject(row))),
      (vectors, row) => (inTrouble(vectors, row) ? ', in trouble' : ''),
    ),
  };
}

async function test(
  vectors: ReplayedVectors,
  split: number,
  { from: knownBefore, until }: { readonly from: number; readonly until: number },
  all: ReplayedVectors,
  outcomeOf: (others: ReplayedVectors, row: number) => number | undefined,
  kindOf: (vectors: ReplayedVectors, row: number) => string,
): Promise<StageFigures[]> {
  const at = firstRowAt(all, knownBefore);
  const others = sliceRows(all, at, all.rows);
  const earlierOthers = sliceRows(all, 0, at);
  const result = await runInWorker(
    {
      ...{ job: 'backtest', predictor: 'network', vectors, seed: SEED, others, earlierOthers },
      part: { rows: split, knownBefore },
    },
    { onProgress: () => undefined, signal: new AbortController().signal },
  );
  const found = new Map<string, { labels: number[]; risks: number[] }>();
  const add = (of: ReplayedVectors, row: number, label: number | undefined, risk: number): void => {
    if (label === undefined || of.decidedAt[row]! >= until) return;
    const stage = `${STAGE_NAMES[of.stages[row]!]}${kindOf(of, row)}`;
    const entry = found.get(stage) ?? { labels: [], risks: [] };
    found.set(stage, entry);
    entry.labels.push(label);
    entry.risks.push(risk);
  };
  result.probabilities.forEach((risk, i) => {
    add(vectors, split + i, vectors.labels[split + i], risk);
  });
  result.otherProbabilities.forEach((risk, row) => {
    add(others, row, outcomeOf(others, row), risk);
  });
  return [...found].sort().map(([stage, { labels, risks }]) => {
    const [known, said] = [Uint8Array.from(labels), Float64Array.from(risks)];
    return {
      ...{ stage, rows: labels.length, failures: labels.reduce((sum, label) => sum + label, 0) },
      ...riskMetrics(known, said),
      perfect: perfectForecastError(said, { resamples: 200, seed: SEED }),
    };
  });
}
