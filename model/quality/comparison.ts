/** Champion against challenger on the same rows, which neither learnt from. Pure. */
import { averagePrecisionInOrder } from '../evaluation/average-precision.js';
import { pairedBootstrap } from '../evaluation/bootstrap.js';
import { expectedCalibrationError } from '../evaluation/calibration-error.js';
import { brierScore } from '../evaluation/losses.js';
import { riskMetrics, type RiskMetrics } from '../evaluation/metrics.js';
import { orderByFallingScore } from '../evaluation/order.js';

const RESAMPLES = 500;
/** Fewer rows or failures decide nothing. */
export const COMPARED_ROWS = 200;
export const COMPARED_FAILURES = 10;
/** Worse on all tries: in 39 of 40 resamples. */
const WORSE_SHARE = 0.025;
/** At least as good after a success and in calibration: in a third of the resamples, so that chance alone keeps few out. */
const EQUAL_SHARE = 1 / 3;

/** Rows with the risks that two models gave them. */
export interface ComparedRows {
  readonly labels: Uint8Array;
  readonly afterSuccess: Uint8Array;
  /** The DAG run of each row: its tries fail together, so runs are drawn, not rows. */
  readonly runs: Int32Array;
  readonly champion: Float64Array;
  readonly challenger: Float64Array;
}

/** How much better the challenger is; positive is better, whatever the figure. */
export interface Measure {
  readonly difference: number;
  /** 2.5th and 97.5th percentile over resampled runs. */
  readonly interval: readonly [low: number, high: number];
  /** Share of the resamples in which the challenger is at least as good. */
  readonly share: number;
}

export interface Comparison {
  readonly rows: number;
  readonly failures: number;
  readonly onsetRows: number;
  readonly onsetFailures: number;
  readonly champion: { readonly all: RiskMetrics; readonly onset: RiskMetrics };
  readonly challenger: { readonly all: RiskMetrics; readonly onset: RiskMetrics };
  /** Average precision on all rows and on those after a success; null where no row failed. */
  readonly all: Measure | null;
  readonly onset: Measure | null;
  /** Expected calibration error and Brier score, on all rows. */
  readonly calibration: Measure | null;
  readonly brier: Measure | null;
}

/** Figures of both, and their differences with a paired bootstrap over DAG runs. */
export function compareRisks(compared: ComparedRows, seed: number): Comparison {
  const { labels, champion, challenger } = compared;
  const onset = where(compared, (row) => compared.afterSuccess[row] === 1);
  const failures = (of: Uint8Array): number => of.reduce((sum, label) => sum + label, 0);
  return {
    rows: labels.length,
    failures: failures(labels),
    onsetRows: onset.labels.length,
    onsetFailures: failures(onset.labels),
    champion: {
      all: riskMetrics(labels, champion),
      onset: riskMetrics(onset.labels, onset.champion),
    },
    challenger: {
      all: riskMetrics(labels, challenger),
      onset: riskMetrics(onset.labels, onset.challenger),
    },
    all: precisionMeasure(compared, seed),
    onset: precisionMeasure(onset, seed),
    calibration: lossMeasure(compared, expectedCalibrationError, seed),
    brier: lossMeasure(compared, brierScore, seed),
  };
}

function where(compared: ComparedRows, isWanted: (row: number) => boolean): ComparedRows {
  const { labels, afterSuccess, runs, champion, challenger } = compared;
  const wanted = (_: unknown, row: number): boolean => isWanted(row);
  return {
    labels: labels.filter(wanted),
    afterSuccess: afterSuccess.filter(wanted),
    runs: runs.filter(wanted),
    champion: champion.filter(wanted),
    challenger: challenger.filter(wanted),
  };
}

function precisionMeasure(
  { labels, runs, champion, challenger }: ComparedRows,
  seed: number,
): Measure | null {
  const before = orderByFallingScore(champion);
  const after = orderByFallingScore(challenger);
  return measure(
    runs,
    (weights) =>
      minus(
        averagePrecisionInOrder(labels, challenger, after, weights),
        averagePrecisionInOrder(labels, champion, before, weights),
      ),
    seed,
  );
}

type Loss = (labels: Uint8Array, risks: Float64Array, weights?: Float64Array) => number | null;

function lossMeasure(compared: ComparedRows, loss: Loss, seed: number): Measure | null {
  const { labels, runs, champion, challenger } = compared;
  return measure(
    runs,
    (weights) => minus(loss(labels, champion, weights), loss(labels, challenger, weights)),
    seed,
  );
}

function measure(
  runs: Int32Array,
  difference: (weights: Float64Array) => number | null,
  seed: number,
): Measure | null {
  let resampled = 0;
  let notWorse = 0;
  let isObserved = true;
  const counting = (weights: Float64Array): number | null => {
    const value = difference(weights);
    if (!isObserved && value !== null) {
      resampled++;
      if (value >= 0) notWorse++;
    }
    isObserved = false;
    return value;
  };
  const result = pairedBootstrap(numbered(runs), counting, { resamples: RESAMPLES, seed });
  return result === null || resampled === 0 ? null : { ...result, share: notWorse / resampled };
}

/** The same groups, numbered without gaps: a number that no row has would be drawn for nothing. */
function numbered(runs: Int32Array): Int32Array {
  const numbers = new Map<number, number>();
  return runs.map((run) => {
    let number = numbers.get(run);
    if (number === undefined) numbers.set(run, (number = numbers.size));
    return number;
  });
}

function minus(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : a - b;
}

export interface Judgement {
  readonly isPromoted: boolean;
  /** In words, with the figures. */
  readonly reason: string;
}

/**
 * The challenger takes over unless it is worse on all rows beyond chance, or likely worse after a success or in calibration.
 * Where one of the figures is not defined, nothing speaks against the challenger in that respect.
 */
export function judgeChallenger(comparison: Comparison): Judgement {
  const { all, onset, calibration, rows, failures } = comparison;
  const against: string[] = [];
  if (all !== null && all.share < WORSE_SHARE) against.push('worse on all');
  if (onset !== null && onset.share < EQUAL_SHARE) against.push('likely worse after a success');
  if (calibration !== null && calibration.share < EQUAL_SHARE) against.push('likely worse calibrated');
  const verdict = against.length === 0 ? 'no worse than the champion' : against.join(', ');
  const figures = [
    figure('average precision', comparison, 'average_precision', all),
    comparison.onsetFailures > 0
      ? figure('after a success', comparison, 'average_precision', onset, 'onset')
      : null,
    figure('calibration error', comparison, 'expected_calibration_error', calibration),
  ].filter((text) => text !== null);
  const count = `${rows.toLocaleString('en-US')} outcomes with ${failures.toLocaleString('en-US')} failures`;
  return {
    isPromoted: against.length === 0,
    reason: `${verdict} on ${count} that neither learnt from: ${figures.join('; ')}`,
  };
}

function figure(
  name: string,
  { champion, challenger }: Comparison,
  key: keyof RiskMetrics,
  measured: Measure | null,
  subset: 'all' | 'onset' = 'all',
): string | null {
  const [now, before] = [challenger[subset][key], champion[subset][key]];
  if (now === null || before === null || measured === null) return null;
  const [low, high] = measured.interval.map(signed);
  return `${name} ${now.toFixed(4)} against ${before.toFixed(4)} (better by ${low!} to ${high!})`;
}

const signed = (value: number): string => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(4)}`;
