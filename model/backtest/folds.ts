/** Rolling origin over the whole history: each fold trains on everything before it. */
import { sliceRows } from '../../features/slice-rows.js';
import type { ReplayedVectors } from '../../features/vector-store.js';
import type { BacktestJob, BacktestResult } from '../training/jobs.js';
import { baselineColumns, reportPart, type PartReport } from './part-report.js';
import { isoSeconds } from './replay-report.js';

/** Figures of one fold. */
export interface FoldReport {
  /** Decisions tested: from this time, to that one. */
  readonly from: string;
  readonly to: string;
  readonly rows: { readonly train: number; readonly test: number };
  readonly subsets: { readonly all: PartReport; readonly onset: PartReport };
}

/** Rows that one fold trains on (those before `from`) and tests (`from` to before `to`). */
export interface FoldRows {
  readonly from: number;
  readonly to: number;
}

/** The history in `count` + 1 equal parts: fold k tests part k + 1 with what all parts before it taught. Empty folds are left out. */
export function foldRows(rows: number, count: number): FoldRows[] {
  const start = (part: number): number => Math.floor((part * rows) / (count + 1));
  return Array.from({ length: count }, (_, k) => ({ from: start(k + 1), to: start(k + 2) })).filter(
    ({ from, to }) => from > 0 && to > from,
  );
}

/** Fits and tests the folds one after another. */
export async function runFolds(
  tries: ReplayedVectors,
  count: number,
  seed: number,
  run: (job: BacktestJob) => Promise<BacktestResult>,
): Promise<FoldReport[]> {
  const reports: FoldReport[] = [];
  for (const { from, to } of foldRows(tries.rows, count)) {
    const part = { rows: from, knownBefore: tries.decidedAt[from]! };
    const vectors = sliceRows(tries, 0, to);
    const { probabilities } = await run({ job: 'backtest', predictor: 'network', vectors, part, seed });
    const tested = sliceRows(tries, from, to);
    const columns = { labels: tested.labels, model: probabilities, ...baselineColumns(tested) };
    reports.push({
      from: isoSeconds(tries.decidedAt[from]!),
      to: isoSeconds(tries.decidedAt[to - 1]!),
      rows: { train: from, test: to - from },
      subsets: {
        all: reportPart(columns, () => true),
        onset: reportPart(columns, (row) => tested.afterSuccess[row] === 1),
      },
    });
  }
  return reports;
}
