/** Many DAGs, of which each has one run: there is nothing to know of any of them. */
import { beforeAll, expect, it } from 'vitest';
import { batches } from '../../bench/histories.js';
import { singleRuns } from '../../bench/single-runs.js';
import type { AnyFact } from '../../core/fact-log/read.js';
import { replayTries, type Replay } from '../../features/replay.js';
import { TRY_FEATURES } from '../../features/registry.js';
import { isEvidenceThin } from '../../features/suggestions.js';
import { runJob } from '../../model/training/run-job.js';
import type { BacktestResult } from '../../model/training/jobs.js';
import { tryFact } from '../features/support.js';

const DAGS = 20_000;
const TRAINED = 14_000;
/** As a million is to the limit of an engine, about. */
const MAX_DAGS = 1000;
let replay: Replay;
let result: BacktestResult;

beforeAll(async () => {
  const facts: AnyFact[] = Array.from(singleRuns(DAGS), (made) => tryFact(made));
  replay = await replayTries(batches(facts), { maxTryRows: DAGS, maxDags: MAX_DAGS });
  const { tries } = replay;
  const part = { rows: TRAINED, knownBefore: tries.decidedAt[TRAINED]! };
  result = (await runJob(
    { job: 'backtest', predictor: 'network', vectors: tries, part, seed: 1 },
    () => undefined,
  )) as BacktestResult;
}, 300_000);

it('holds no more than the DAGs told of last, and forgets the others', () => {
  const sizes = replay.engine.sizes();
  expect(replay.tries.rows).toBe(DAGS);
  const held = sizes.dags;
  expect(held).toBeLessThanOrEqual(MAX_DAGS + 1);
  expect(sizes).toMatchObject({ tasks: held, deployments: 1, pools: 1 });
  expect(sizes.runs).toBeLessThanOrEqual(held);
  expect(replay.engine.forgottenDags).toBe(DAGS - held);
  // Operators, owner, queue, run type and kind of schedule.
  expect(sizes.values).toBeLessThan(20);
});

it('says of each that evidence is thin', () => {
  const { values, rows } = replay.tries;
  const width = TRY_FEATURES.length;
  for (let row = 0; row < rows; row += 100)
    expect(isEvidenceThin(TRY_FEATURES, values.subarray(row * width, (row + 1) * width))).toBe(true);
});

it('gives each about the rate of all, and is not worse than the historical rate', () => {
  const { labels, historicalRate } = replay.tries;
  const risks = result.probabilities;
  const tested = labels.subarray(TRAINED);
  const rate = tested.reduce((sum, label) => sum + label, 0) / tested.length;
  const lossOf = (risk: (row: number) => number): number =>
    tested.reduce((sum, label, i) => sum - Math.log(label === 1 ? risk(i) : 1 - risk(i)), 0);
  expect(risks.every((risk) => risk > rate / 3 && risk < 3 * rate)).toBe(true);
  const mean = risks.reduce((sum, risk) => sum + risk, 0) / risks.length;
  expect(Math.abs(mean - rate)).toBeLessThan(0.005);
  // The bound of the mixture is the logarithm of its experts, and of the trust in operators.
  expect(lossOf((i) => risks[i]!)).toBeLessThan(lossOf((i) => historicalRate[TRAINED + i]!) + Math.log(22));
});
