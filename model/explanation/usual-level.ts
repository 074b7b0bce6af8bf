/** What a usual vector looks like for a subject of a given historical rate. */
import { columnLogOdds, riskColumn } from '../risk-columns.js';
import type { FittedRisk } from '../network/fit-risk-network.js';
import type { NetworkModel } from '../network/network-model.js';
import { everyRow, spreadRows } from '../rows.js';
import type { LabelledVectors } from '../types.js';

/** Medians of the training rows in bins of the historical rate, after a success and after a failure; row-major, bins x width. */
export interface UsualLevels {
  /** Log-odds of the rate at which each bin but the first begins, rising. */
  readonly starts: Float64Array;
  readonly afterSuccess: Float32Array;
  readonly afterFailure: Float32Array;
}

const BINS = 10;
const SAMPLE_ROWS = 40_000;

/** Learns the usual vectors from all rows, or an even sample of them. */
export function describeUsual(fitted: FittedRisk, vectors: LabelledVectors): UsualLevels {
  const width = vectors.features.length;
  const rows = spreadRows(vectors, SAMPLE_ROWS);
  const rates = columnLogOdds(fitted.rate, vectors.values, width, rows);
  const sorted = rates.slice().sort();
  const edges = new Set<number>();
  for (let bin = 1; bin < BINS; bin++) {
    const edge = sorted[Math.floor((bin / BINS) * sorted.length)];
    if (edge !== undefined && edge > sorted[0]!) edges.add(edge);
  }
  const starts = Float64Array.from(edges);
  const bins: { success: number[]; failure: number[] }[] = Array.from({ length: starts.length + 1 }, () => ({
    success: [],
    failure: [],
  }));
  rows.forEach((row, i) => {
    const bin = bins[binOf(starts, rates[i]!)]!;
    (vectors.afterSuccess[row] === 1 ? bin.success : bin.failure).push(row);
  });
  const afterSuccess = new Float32Array(bins.length * width);
  const afterFailure = new Float32Array(bins.length * width);
  bins.forEach(({ success, failure }, bin) => {
    afterSuccess.set(medians(vectors.values, width, success.length > 0 ? success : failure), bin * width);
    afterFailure.set(medians(vectors.values, width, failure.length > 0 ? failure : success), bin * width);
  });
  return { starts, afterSuccess, afterFailure };
}

/** Number of the bin of a rate's log-odds. */
export function binOf(starts: Float64Array, logOdds: number): number {
  let bin = 0;
  while (bin < starts.length && logOdds >= starts[bin]!) bin++;
  return bin;
}

/** Median of each column, NaN where it is missing in most rows. */
function medians(values: Float32Array, width: number, rows: readonly number[]): Float32Array {
  const out = new Float32Array(width).fill(NaN);
  const known = new Float32Array(rows.length);
  for (let column = 0; column < width; column++) {
    // A loop: `Float32Array.from` with a function, and a filter, take several times as long.
    let count = 0;
    for (const row of rows) {
      const value = values[row * width + column]!;
      if (!Number.isNaN(value)) known[count++] = value;
    }
    if (count * 2 > rows.length) out[column] = known.subarray(0, count).sort()[count >> 1]!;
  }
  return out;
}

/** The first name that a vector has is the rate that is usual for its subject; the historical rate where it has none. */
const USUAL_RATE_FEATURES = ['task__failure_rate__128d', 'dag_run__failure_rate__128d'] as const;
/** Times since something changed: of one longer ago than usual there is nothing to say. */
const SINCE_CHANGE = /__since_(?:change|deploy|schedule_change)__/;
/** Whether a DAG run has begun to work, and what has happened in it by now. */
const IS_RUNNING = 'dag_run__is_running__now';
const WITHIN_RUN_ASPECT = 'run';
const WITHIN_RUN = /__(?:now|so_far)$/;
/** Halvings of the way between a usual vector after a success and one after a failure. */
const BISECTIONS = 8;

/**
 * The usual vectors of subjects, row-major. What a subject keeps (columns without an aspect: its rates over months, its usual duration, ...)
 * is its own, and so, before a run has begun, is that nothing has happened in it; the rest is what training rows of the same historical rate usually have, placed between "after a success" and "after a
 * failure" so that the risk is that rate where it can be.
 */
export async function usualVectors(
  model: Pick<NetworkModel, 'logOdds' | 'fitted'>,
  usual: UsualLevels,
  aspects: readonly string[],
  values: Float32Array,
  rows: number,
): Promise<Float32Array> {
  const width = aspects.length;
  const { rate, features } = model.fitted;
  const usualRate = riskColumn(features, USUAL_RATE_FEATURES, rate.whenUnknown);
  const source = usualRate.column < 0 ? rate : usualRate;
  const target = columnLogOdds(source, values, width, everyRow(rows));
  const share = new Float64Array(rows).fill(0.5);
  const references = values.slice(0, rows * width);
  const moved = aspects.flatMap((aspect, column) =>
    aspect === '' || column === rate.column ? [] : [column],
  );
  const isSince = features.map((name) => SINCE_CHANGE.test(name));
  const isWithinRun = features.map(
    (name, column) => aspects[column] === WITHIN_RUN_ASPECT && WITHIN_RUN.test(name),
  );
  const runningColumn = features.indexOf(IS_RUNNING);
  const place = (): void => {
    for (let row = 0; row < rows; row++) {
      const bin = binOf(usual.starts, target[row]!) * width;
      const isBegun = runningColumn >= 0 && values[row * width + runningColumn] === 1;
      for (const column of moved) {
        if (isWithinRun[column] === true && !isBegun) continue;
        const low = usual.afterSuccess[bin + column]!;
        const high = usual.afterFailure[bin + column]!;
        const typical = blend(low, high, share[row]!);
        references[row * width + column] =
          isSince[column] === true ? laterOf(values[row * width + column]!, typical) : typical;
      }
      if (rate.column >= 0) references[row * width + rate.column] = values[row * width + source.column]!;
    }
  };
  for (let step = 0; step < BISECTIONS; step++) {
    place();
    const logOdds = await model.logOdds(references, rows);
    const move = 0.5 ** (step + 2);
    for (let row = 0; row < rows; row++) {
      share[row] = share[row]! + (logOdds[row]! < target[row]! ? move : -move);
    }
  }
  place();
  return references;
}

function blend(low: number, high: number, share: number): number {
  if (Number.isNaN(low)) return high;
  return Number.isNaN(high) ? low : low + share * (high - low);
}

/** The longer of two times; a known one over NaN. */
function laterOf(own: number, typical: number): number {
  return own > typical ? own : typical;
}
