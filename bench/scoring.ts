/** How fast everything that is due is scored, and how fast the few that people look at are explained. Budget: docs/architecture.md. */
import { aspectOf } from '../features/aspects.js';
import { DAG_RUN_FEATURES, TRY_FEATURES } from '../features/registry.js';
import type { FeatureDefinition } from '../features/types.js';
import { startBackend } from '../model/backend.js';
import { explainRows } from '../model/explanation/explain.js';
import { describeUsual } from '../model/explanation/usual-level.js';
import { sigmoid } from '../model/log-odds.js';
import { fitRiskNetwork } from '../model/network/fit-risk-network.js';
import { NetworkModel } from '../model/network/network-model.js';
import { normal, seededRandom } from '../model/random.js';
import type { LabelledVectors } from '../model/types.js';
import { createExplainer } from '../serving/live/explainer.js';
import { scoreDags } from '../serving/live/score.js';
import { timeDags } from '../serving/live/time-dags.js';
import { busyState, NOW } from './busy-state.js';
import { timingOf, type Timing } from './timing.js';

export interface ScoringMeasurement {
  readonly subjects: number;
  readonly backend: string;
  readonly rounds: number;
  /** To find, describe and score all subjects, as a refresh of all gauges does. */
  readonly refresh: Timing;
  /** The forecasts of their end times alone. */
  readonly timing: Timing;
  /** The network alone, on as many tries described beforehand. */
  readonly network: Timing;
  /** The refresh, and the reasons in words of {@link explained} subjects after it: the riskiest DAGs with their three riskiest tasks. */
  readonly refreshWithReasons: Timing;
  /** Processor time of the same, all threads, in milliseconds: what other work on the machine blurs least. */
  readonly refreshWithReasonsProcessor: Timing;
  readonly explained: number;
}

const DAGS = 1000;
const TASKS_EACH = 9;
/** Enough for a 99th percentile that is not the maximum: that is the first round, before the compiler knows the code. */
const ROUNDS = 100;
/** Each with its run and three tasks: 200 subjects. */
const EXPLAINED_DAGS = 50;

/** A thousand DAGs of nine tasks, half of them running, scored by networks of the real width trained on made-up vectors. */
export async function startBusyScoring() {
  const backend = await startBackend();
  const tries = fit(TRY_FEATURES);
  const runs = fit(DAG_RUN_FEATURES);
  const state = busyState(DAGS, TASKS_EACH);
  const refreshNow = async () => {
    const predict = (kind: 'try' | 'dag_run', values: Float32Array, rows: number): Promise<Float64Array> =>
      (kind === 'try' ? tries : runs).model.predict(values, rows);
    const scores = await scoreDags(state.subjects.current(NOW), state, { predict }, NOW);
    const dags = await timeDags(scores.dags, state.timing, NOW);
    return { ...scores, dags };
  };
  return { backend, tries, runs, state, refreshNow };
}

export async function benchScoring(): Promise<ScoringMeasurement> {
  const { backend, tries, runs, state, refreshNow } = await startBusyScoring();
  const refresh = await timed(refreshNow);
  let explained = 0;
  const explain = (kind: 'try' | 'dag_run', values: Float32Array, rows: number) => {
    explained += rows;
    const { model, usual } = kind === 'try' ? tries : runs;
    const definitions = kind === 'try' ? TRY_FEATURES : DAG_RUN_FEATURES;
    return explainRows(model, usual, definitions.map(aspectOf), values, rows);
  };
  const processorMs: number[] = [];
  const refreshWithReasons = await timed(async () => {
    const before = process.cpuUsage();
    const { dags, runVectors, tryVectors } = await refreshNow();
    explained = 0;
    const explainer = createExplainer(
      { explain },
      {
        dag_run: { values: runVectors, width: DAG_RUN_FEATURES.length },
        try: { values: tryVectors, width: TRY_FEATURES.length },
      },
    );
    await explainer.explain(dags.slice(0, EXPLAINED_DAGS));
    const { user, system } = process.cpuUsage(before);
    processorMs.push((user + system) / 1000);
  });
  const { dags, subjects } = await refreshNow();
  const timing = await timed(() => timeDags(dags, state.timing, NOW));
  const asked = randomVectors(TRY_FEATURES, subjects, 2).values;
  const network = await timed(() => tries.model.predict(asked, subjects));
  return {
    subjects,
    backend,
    rounds: ROUNDS,
    refresh,
    timing,
    network,
    refreshWithReasons,
    refreshWithReasonsProcessor: timingOf(processorMs),
    explained,
  };
}

async function timed(work: () => Promise<unknown>): Promise<Timing> {
  const samples: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const started = performance.now();
    await work();
    samples.push(performance.now() - started);
  }
  return timingOf(samples);
}

function fit(features: readonly FeatureDefinition[]) {
  const history = randomVectors(features, 4000, 1);
  const { fitted } = fitRiskNetwork(
    history,
    { rows: history.rows, knownBefore: Infinity },
    { seed: 1, onProgress: () => undefined, signal: new AbortController().signal },
  );
  return { model: new NetworkModel(fitted), usual: describeUsual(fitted, history) };
}

/** Vectors with the names of the real features; the first five columns after the rate decide. */
function randomVectors(
  definitions: readonly FeatureDefinition[],
  rows: number,
  seed: number,
): LabelledVectors {
  const random = seededRandom(seed);
  const features = definitions.map(({ name }) => name);
  const width = features.length;
  const lastOutcome = features.findIndex((name) => name.endsWith('__last_outcome__latest'));
  const values = new Float32Array(rows * width);
  const labels = new Uint8Array(rows);
  for (let row = 0; row < rows; row++) {
    let logOdds = -2;
    for (let column = 0; column < width; column++) {
      const value = features[column]!.includes('_rate__') ? sigmoid(normal(random) - 2) : normal(random);
      values[row * width + column] = random() < 0.05 ? NaN : value;
      if (column > 0 && column <= 5) logOdds += 0.5 * value;
    }
    values[row * width + lastOutcome] = row % 5 === 0 ? 1 : 0;
    labels[row] = random() < sigmoid(logOdds) ? 1 : 0;
  }
  const decidedAt = Float64Array.from({ length: rows }, (_, row) => row * 60);
  const afterSuccess = Uint8Array.from({ length: rows }, (_, row) => (row % 5 === 0 ? 0 : 1));
  const labelKnownAt = decidedAt.map((time) => time + 30);
  return { features, rows, values, labels, decidedAt, labelKnownAt, afterSuccess };
}
