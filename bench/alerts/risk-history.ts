/** Risks of the tested part of a history, by a model trained on the part before it. */
import type { AnyFact } from '../../core/fact-log/read.js';
import { replayTries } from '../../features/replay.js';
import { firstRowAt, sliceRows } from '../../features/slice-rows.js';
import { testDagRuns, type DagRunTest } from '../../model/backtest/dag-run-test.js';
import { runInWorker } from '../../model/training/run-in-worker.js';
import { batches } from '../histories.js';

const TRAIN_FRACTION = 0.7;
const SEED = 1;

/** Trains on the first 70 % of the tries, as `orc backtest` does. `from`: the first tested decision. */
export async function testedRisks(facts: readonly AnyFact[]): Promise<{ test: DagRunTest; from: number }> {
  const tryCount = facts.filter(({ kind }) => kind === 'try').length;
  const first = await replayTries(batches(facts), { maxTryRows: tryCount + 1 });
  const splitAt = first.tries.decidedAt[Math.floor(TRAIN_FRACTION * first.tries.rows)]!;
  const { tries, dagRuns, stages } = await replayTries(batches(facts), {
    maxTryRows: tryCount + 1,
    stages: { from: -Infinity, tryShare: 0 },
  });
  const planned = stages!.dagRuns;
  const at = firstRowAt(planned, splitAt);
  const test = await testDagRuns({
    ...{ tries, dagRuns, splitAt, seed: SEED, rule: { kind: 'default' }, replayDays: 1 },
    planned: sliceRows(planned, at, planned.rows),
    earlierPlanned: sliceRows(planned, 0, at),
    run: (job) => runInWorker(job, { onProgress: () => undefined, signal: new AbortController().signal }),
  });
  return { test, from: splitAt };
}
