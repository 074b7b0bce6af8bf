import { describe, expect, it } from 'vitest';
import type { AnyFact } from '../../../core/fact-log/read.js';
import { replayTries } from '../../../features/replay.js';
import { tryKey } from '../../../features/row-keys.js';
import { reportFinal } from '../../../model/backtest/task-final.js';
import { simulatedFacts } from '../../../bench/lateness-facts.js';

const facts = simulatedFacts({ seed: 3, dags: 12, days: 12 });

async function replay(known: readonly AnyFact[]) {
  const rows = (async function* () {
    yield await Promise.resolve(known);
  })();
  const { tries, stages } = await replayTries(rows, {
    stages: { from: -Infinity, laterFrom: -Infinity, outlookFrom: -Infinity, tryShare: 1 },
  });
  return { tries, stages: stages! };
}

describe('the failure of a task after all its retries', () => {
  it('is labelled by how its last try ended', async () => {
    const { tries, stages } = await replay(facts);
    const last = new Map<string, [tryNumber: number, failed: boolean]>();
    const instance = (row: number): string => tryKey({ ...tries.subject(row), tryNumber: 0 });
    for (let row = 0; row < tries.rows; row++) {
      const { tryNumber } = tries.subject(row);
      const before = last.get(instance(row));
      if (before === undefined || before[0] < tryNumber)
        last.set(instance(row), [tryNumber, tries.labels[row] === 1]);
    }
    let failed = 0;
    for (let row = 0; row < tries.rows; row++) {
      if (tries.labels[row] === 0) continue;
      expect(stages.finalFailures.get(tryKey(tries.subject(row)))).toBe(last.get(instance(row))![1]);
      failed++;
    }
    expect(failed).toBeGreaterThan(50);
  });

  it('is foreseen from what was known at the decision alone', async () => {
    const { tries } = await replay(facts);
    const middle = tries.decidedAt[tries.rows >> 1]!;
    const earlier = await replay(facts.filter(({ fact }) => fact.eventTime < middle));
    for (let row = 0; row < tries.rows; row++) {
      if (tries.labelKnownAt[row]! >= middle) break;
      expect(earlier.tries.finalIfFailed[row]).toBe(tries.finalIfFailed[row]);
      expect(earlier.tries.finalRate[row]).toBe(tries.finalRate[row]);
    }
    expect(tries.finalIfFailed.every((share) => share > 0 && share <= 1)).toBe(true);
  });

  it('is reported by stage, beside its plain rate and the risk of the try', async () => {
    const { tries, stages } = await replay(facts);
    // A model that knows the outcome of each try.
    const sets = [
      { vectors: tries, tryRisks: Float64Array.from(tries.labels) },
      { vectors: stages.tries, tryRisks: Float64Array.from(stages.tries.labels) },
    ];
    const report = reportFinal(sets, stages.finalFailures);
    const byStage = [report.planned, report.queued, report.running, report.retrying];
    expect(byStage.every(({ rows }) => rows > 0)).toBe(true);
    expect(byStage.reduce((sum, { rows }) => sum + rows, 0)).toBe(report.all.rows);
    expect(report.queued.failures).toBeLessThan(tries.labels.reduce((a, b) => a + b, 0));
    const { model, baselines } = report.queued;
    expect(model.brier!).toBeLessThan(baselines.try_risk.brier!);
    expect(model.brier!).toBeLessThan(baselines.historical_rate.brier!);
    expect(model.average_precision!).toBeGreaterThan(baselines.historical_rate.average_precision!);
  });

  it('has no figures without decisions', () => {
    expect(reportFinal([], new Map()).all).toMatchObject({ rows: 0, failures: 0 });
  });
});
