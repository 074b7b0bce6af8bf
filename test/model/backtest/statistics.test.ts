import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { foldRows, runFolds } from '../../../model/backtest/folds.js';
import { precisionRecallCurve } from '../../../model/backtest/precision-recall.js';
import { quantile } from '../../../model/backtest/quantiles.js';
import { countReplay } from '../../../model/backtest/replay-report.js';
import { riskBeforeIncidents } from '../../../model/backtest/risk-before.js';
import type { RiskMoment, TestedRun } from '../../../model/backtest/run-history.js';
import { chooseForBudgets, chooseWarnAt } from '../../../model/backtest/warn-at.js';
import type { ReplayedVectors } from '../../../features/vector-store.js';
import type { BacktestJob, BacktestResult } from '../../../model/training/jobs.js';
import { averagePrecision } from '../../../model/evaluation/average-precision.js';
import { wilsonInterval } from '../../../core/wilson.js';

const DAY = 86_400;

/** Daily runs of one DAG, scored as they are queued; every `failEvery`-th fails an hour later. */
function dailyRuns(days: number, failEvery: number, risk: (day: number, fails: boolean) => number) {
  const runs = Array.from({ length: days }, (_, day): TestedRun => {
    const failed = day % failEvery === 1;
    const at = day * DAY;
    const ids = { deployment: 'default', dagId: 'dag', runId: `run ${day}` };
    return { ...ids, createdAt: at, endedAt: at + 3600, failed, failedAt: failed ? at + 3600 : null };
  });
  const moments = runs.map(({ createdAt, failed }, run): RiskMoment => ({
    ...{ run, stage: 'queued', at: createdAt, afterFailure: null, row: run },
    risk: risk(run, failed),
  }));
  return { runs, moments };
}

describe('quantile', () => {
  it('interpolates between order statistics', () => {
    expect(quantile([4, 1, 3, 2], 0.5)).toBe(2.5);
    expect(quantile([10, 20, 30], 0.1)).toBeCloseTo(12, 12);
    expect(quantile([7], 0.9)).toBe(7);
    expect(quantile([], 0.5)).toBeNull();
  });
});

describe('precision-recall curve', () => {
  it('has one point per distinct score, from the highest', () => {
    const labels = Uint8Array.of(1, 0, 1, 0, 0);
    const scores = Float64Array.of(0.9, 0.8, 0.8, 0.2, 0.1);
    expect(precisionRecallCurve(labels, scores)).toEqual([
      { recall: 0.5, precision: 1 },
      { recall: 1, precision: 2 / 3 },
      { recall: 1, precision: 0.4 },
    ]);
    expect(precisionRecallCurve(Uint8Array.of(0, 0), Float64Array.of(1, 0))).toEqual([]);
  });

  it('has the average precision as its step-wise area where nothing is thinned out', () => {
    const rows = fc.array(fc.tuple(fc.constantFrom(0, 1), fc.constantFrom(0, 0.1, 0.5, 0.7, 1)), {
      minLength: 1,
    });
    fc.assert(
      fc.property(rows, (pairs) => {
        const labels = Uint8Array.from(pairs, ([label]) => label);
        const scores = Float64Array.from(pairs, ([, score]) => score);
        let area = 0;
        let before = 0;
        for (const { recall, precision } of precisionRecallCurve(labels, scores, Infinity)) {
          area += (recall - before) * precision;
          before = recall;
        }
        expect(area).toBeCloseTo(averagePrecision(labels, scores) ?? 0, 10);
      }),
      { numRuns: 100, seed: 1 },
    );
  });

  it('keeps about as many points as asked for, and the last', () => {
    const labels = Uint8Array.from({ length: 5000 }, (_, row) => (row % 3 === 0 ? 1 : 0));
    const scores = Float64Array.from(labels, (_, row) => 1 - row / 5000);
    const points = precisionRecallCurve(labels, scores, 100);
    expect(points.length).toBeLessThan(105);
    expect(points.at(-1)).toEqual({ recall: 1, precision: 1667 / 5000 });
  });
});

describe('folds', () => {
  it('test each part but the first with all before it', () => {
    expect(foldRows(100, 4)).toEqual([20, 40, 60, 80].map((from) => ({ from, to: from + 20 })));
    expect(foldRows(3, 2)).toEqual([
      { from: 1, to: 2 },
      { from: 2, to: 3 },
    ]);
    expect(foldRows(1, 3)).toEqual([]);
    expect(foldRows(100, 0)).toEqual([]);
  });

  it('are fitted on what was known by then, and report their own rows', async () => {
    const rows = 90;
    const labels = Uint8Array.from({ length: rows }, (_, row) => (row % 3 === 0 ? 1 : 0));
    const times = Float64Array.from(labels, (_, row) => row * DAY);
    const tries: ReplayedVectors = {
      ...{
        features: ['x'],
        rows,
        values: new Float32Array(rows),
        labels,
        decidedAt: times,
        labelKnownAt: times,
      },
      afterSuccess: labels.map((label) => 1 - label),
      historicalRate: new Float32Array(rows).fill(0.3),
      lastOutcome: new Float32Array(rows),
      stages: new Uint8Array(rows),
      finalIfFailed: new Float32Array(rows),
      finalRate: new Float32Array(rows),
      weights: new Float32Array(rows).fill(1),
      subject: () => ({ deployment: '', dagId: '', runId: '', taskId: '', mapIndex: -1, tryNumber: 1 }),
    };
    const jobs: BacktestJob[] = [];
    const folds = await runFolds(tries, 2, 7, (job) => {
      jobs.push(job);
      // A model that knows everything.
      const probabilities = Float64Array.from(job.vectors.labels.subarray(job.part.rows));
      return Promise.resolve({ probabilities } as BacktestResult);
    });
    expect(jobs.map(({ vectors, part, seed }) => [vectors.rows, part, seed])).toEqual([
      [60, { rows: 30, knownBefore: 30 * DAY }, 7],
      [90, { rows: 60, knownBefore: 60 * DAY }, 7],
    ]);
    expect(folds[1]).toMatchObject({
      ...{ from: '1970-03-02T00:00:00Z', to: '1970-03-31T00:00:00Z', rows: { train: 60, test: 30 } },
      subsets: {
        all: { rows: 30, failures: 10, model: { average_precision: 1 } },
        onset: { rows: 20, failures: 0, model: { average_precision: null } },
      },
    });
    expect(folds[1]!.subsets.all.baselines.historical_rate.average_precision).toBeCloseTo(1 / 3, 12);
  });

  it('cover the history from the first tested row to the end without overlap', () => {
    fc.assert(
      fc.property(fc.nat({ max: 5000 }), fc.integer({ min: 1, max: 20 }), (rows, count) => {
        const folds = foldRows(rows, count);
        folds.forEach(({ from, to }, k) => {
          expect(to).toBeGreaterThan(from);
          if (k > 0) expect(from).toBe(folds[k - 1]!.to);
        });
        if (folds.length > 0) expect(folds.at(-1)!.to).toBe(rows);
      }),
      { seed: 1 },
    );
  });
});

describe('threshold', () => {
  const perfect = (_: number, fails: boolean): number => (fails ? 0.6 : 0.1);
  const part = (days: number, failEvery: number, risk: (day: number, fails: boolean) => number) => ({
    ...dailyRuns(days, failEvery, risk),
    ...{ from: 0, until: days * DAY },
  });

  it('allows as many warnings as there were incidents', () => {
    expect(chooseWarnAt({ kind: 'default' }, part(60, 10, perfect))).toEqual({
      risk: 0.6,
      source: 'incidents',
      warningsPerDay: 0.1,
    });
  });

  it('keeps within a budget, and is the lowest that does', () => {
    const rising = (day: number): number => day / 100;
    const earlier = part(60, 10, rising);
    const { risk, source } = chooseWarnAt({ kind: 'budget', warningsPerDay: 0.2 }, earlier);
    expect(source).toBe('budget');
    // 12 warnings: those of the last twelve days, of which the 51st fails; its incident is over a day later.
    expect(risk).toBeCloseTo(0.47, 12);
    expect(chooseForBudgets(earlier, [0, 0.2, 100])).toEqual([1, risk, 0]);
  });

  it('looks at the latest 90 days where they hold enough', () => {
    const drifting = part(400, 10, (day, fails) => (fails ? (day < 300 ? 0.9 : 0.4) : 0.05));
    expect(chooseWarnAt({ kind: 'default' }, drifting).risk).toBe(0.4);
  });

  it('is what was asked for, and 0.5 where history says too little', () => {
    expect(chooseWarnAt({ kind: 'risk', risk: 0.3 }, part(60, 10, perfect)).risk).toBe(0.3);
    const fallback = { risk: 0.5, source: 'fallback', warningsPerDay: null };
    expect(chooseWarnAt({ kind: 'default' }, part(30, 10, perfect))).toEqual(fallback);
    expect(chooseWarnAt({ kind: 'default' }, part(0, 10, perfect))).toEqual(fallback);
    expect(chooseWarnAt({ kind: 'budget', warningsPerDay: 1 }, part(0, 10, perfect))).toEqual(fallback);
  });
});

it('counts of a replay', () => {
  const moment = (at: number): RiskMoment => ({
    run: 0,
    stage: 'queued',
    at,
    risk: 1,
    afterFailure: null,
    row: 0,
  });
  const right = (at: number, failedAt: number) => ({ moment: moment(at), failure: { run: 0, at: failedAt } });
  const counts = countReplay({
    warnings: [right(0, 60), right(10, 40), { moment: moment(20), failure: null }],
    missed: [{ run: 0, at: 5, highest: moment(4) }],
  });
  expect(counts).toMatchObject({ warnings: 3, right: 2, missed: 1, precision: 2 / 3, recall: 2 / 3 });
  expect(counts.lead_seconds.median).toBe(45);
  expect(countReplay({ warnings: [], missed: [] })).toMatchObject({ precision: null, recall: null });
});

it('the risk before incidents is the latest one shown by then', () => {
  const { runs, moments } = dailyRuns(12, 10, (day, fails) => (fails ? 0.8 : day / 100));
  const missed = [1, 11].map((run) => ({ run, at: runs[run]!.failedAt!, highest: moments[run]! }));
  const { points, incidents, usual } = riskBeforeIncidents(runs, moments, { warnings: [], missed });
  expect(incidents).toBe(2);
  const median = (secondsBefore: number) =>
    points.find((point) => point.secondsBefore === secondsBefore)?.median;
  expect(median(0)).toBe(0.8);
  expect(median(3600)).toBe(0.8);
  // A day before, the runs of the day before had risks 0 and 0.1.
  expect(median(DAY)).toBeCloseTo(0.05, 12);
  // Three days before the first failure there was no run yet.
  expect(points.find(({ secondsBefore }) => secondsBefore === 3 * DAY)).toMatchObject({
    incidents: 1,
    median: 0.08,
  });
  expect(usual).toBeCloseTo(0.055, 12);
});

it('an interval of a share is right of its trials', () => {
  const [low, high] = wilsonInterval(1, 10);
  expect(low).toBeCloseTo(0.0179, 4);
  expect(high).toBeCloseTo(0.4042, 4);
  expect(wilsonInterval(0, 0)).toEqual([0, 1]);
  expect(wilsonInterval(5, 5)[1]).toBe(1);
});
