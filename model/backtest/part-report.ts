import { riskMetrics, type RiskMetrics } from '../evaluation/metrics.js';

/** Figures of some decisions, beside the baselines that need no fitting. */
export interface PartReport {
  readonly rows: number;
  readonly failures: number;
  readonly model: RiskMetrics;
  readonly baselines: { readonly historical_rate: RiskMetrics; readonly last_outcome: RiskMetrics };
}

/** Decisions with their outcomes, one column each: labels are 1 for failed; the others are probabilities. */
export interface ScoredColumns {
  readonly labels: Uint8Array;
  readonly model: Float64Array;
  readonly historicalRate: Float64Array;
  readonly lastOutcome: Float64Array;
}

/** The baselines' columns of vectors; an unknown last outcome counts as a success. */
export function baselineColumns(vectors: {
  readonly historicalRate: Float32Array;
  readonly lastOutcome: Float32Array;
}): Pick<ScoredColumns, 'historicalRate' | 'lastOutcome'> {
  return {
    historicalRate: Float64Array.from(vectors.historicalRate),
    lastOutcome: Float64Array.from(vectors.lastOutcome, (last) => (last === 1 ? 1 : 0)),
  };
}

/** Figures of the decisions for which `isWanted`. */
export function reportPart(columns: ScoredColumns, isWanted: (row: number) => boolean): PartReport {
  const wanted = columns.labels.map((_, row) => (isWanted(row) ? 1 : 0));
  const labels = columns.labels.filter((_, row) => wanted[row] === 1);
  const figures = (of: Float64Array): RiskMetrics =>
    riskMetrics(
      labels,
      of.filter((_, row) => wanted[row] === 1),
    );
  return {
    rows: labels.length,
    failures: labels.reduce((sum, label) => sum + label, 0),
    model: figures(columns.model),
    baselines: {
      historical_rate: figures(columns.historicalRate),
      last_outcome: figures(columns.lastOutcome),
    },
  };
}
