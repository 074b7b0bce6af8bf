import { describe, expect, it } from 'vitest';
import { riskMetrics } from '../../../model/evaluation/metrics.js';
import { liveQuality } from '../../../model/quality/live-quality.js';
import { NOW, outcomes } from './outcomes.js';

const window = { from: NOW - 86_400, until: NOW };
const none = outcomes({ rows: 0, seed: 1 });

describe('live quality', () => {
  it('has the figures of the backtest, by subset and kind', () => {
    const tries = outcomes({ rows: 1000, seed: 2 });
    const { subsets, from, until } = liveQuality({ try: tries, dag_run: none }, window);
    expect({ from, until }).toEqual(window);
    expect(subsets.all.rows).toBe(1000);
    expect(subsets.all.metrics).toEqual(riskMetrics(tries.labels, tries.risks));
    const isOnset = (_: unknown, row: number): boolean => row % 5 !== 0;
    const labels = tries.labels.filter(isOnset);
    expect(subsets.onset).toMatchObject({
      rows: 800,
      failures: labels.reduce((sum, label) => sum + label, 0),
      metrics: riskMetrics(labels, tries.risks.filter(isOnset)),
    });
    expect(subsets.dag_runs.rows).toBe(0);
    expect(subsets.dag_runs.metrics.expected_calibration_error).toBeNull();
  });

  it('leaves out what too few outcomes cannot tell', () => {
    const of = (rows: number, labels: Uint8Array) =>
      liveQuality({ try: { ...outcomes({ rows, seed: 3 }), labels }, dag_run: none }, window).subsets.all;
    const few = of(199, new Uint8Array(199).fill(1, 0, 50));
    expect(few).toMatchObject({ rows: 199, failures: 50, perfectForecastError: null });
    expect(Object.values(few.metrics)).toEqual([null, null, null, null]);
    const calm = of(300, new Uint8Array(300).fill(1, 0, 9));
    expect(calm.metrics).toMatchObject({ average_precision: null, roc_auc: null });
    expect(calm.metrics.brier).not.toBeNull();
    expect(calm.metrics.expected_calibration_error).not.toBeNull();
    expect(of(300, new Uint8Array(300).fill(1, 0, 10)).metrics.average_precision).not.toBeNull();
    expect(of(300, new Uint8Array(300).fill(1)).metrics.average_precision).toBeNull();
  });

  it('puts the calibration error beside what chance gives a perfect forecast', () => {
    const good = liveQuality(
      { try: outcomes({ rows: 2000, seed: 4, triesPerRun: 1 }), dag_run: none },
      window,
    ).subsets.all;
    const bad = outcomes({ rows: 2000, seed: 4, say: (chance) => Math.min(1, chance + 0.2) });
    const off = liveQuality({ try: bad, dag_run: none }, window).subsets.all;
    expect(good.metrics.expected_calibration_error).toBeLessThan(1.5 * good.perfectForecastError!);
    expect(off.metrics.expected_calibration_error).toBeGreaterThan(3 * off.perfectForecastError!);
  });
});
