/** Everything that the report page shows. */
import type { ReplayedVectors } from '../../features/vector-store.js';
import { reliability, type ReliabilityBin } from '../evaluation/calibration-error.js';
import { dagRows, type DagRow } from './dag-rows.js';
import type { DagRunTest } from './dag-run-test.js';
import { precisionRecallCurve, type CurvePoint } from './precision-recall.js';
import { leadSeconds } from './replay-report.js';
import type { BacktestReport, BaselineName, Predictions } from './report.js';
import { riskBeforeIncidents, type RiskBeforeIncidents } from './risk-before.js';

export type Curves = Readonly<Record<'model' | BaselineName, readonly CurvePoint[]>>;

export interface PageData {
  readonly report: BacktestReport;
  /** Precision against recall of tries. */
  readonly curves: { readonly all: Curves; readonly onset: Curves };
  /** Of the risks of all tested tries. */
  readonly reliability: readonly ReliabilityBin[];
  /** Of the warnings of the whole tested part that were right, in seconds. */
  readonly leads: readonly number[];
  readonly before: RiskBeforeIncidents;
  readonly dags: readonly DagRow[];
}

export interface PageDataInput {
  readonly report: BacktestReport;
  /** The tested ones. */
  readonly tries: ReplayedVectors;
  readonly predictions: Predictions;
  readonly dagRunTest: DagRunTest;
}

export function collectPageData({ report, tries, predictions, dagRunTest }: PageDataInput): PageData {
  const { runs, moments, incidents } = dagRunTest;
  const curves = (isWanted: (row: number) => boolean): Curves => {
    const wanted = tries.labels.map((_, row) => (isWanted(row) ? 1 : 0));
    const labels = tries.labels.filter((_, row) => wanted[row] === 1);
    const of = (risks: Float64Array): CurvePoint[] =>
      precisionRecallCurve(
        labels,
        risks.filter((_, row) => wanted[row] === 1),
      );
    return {
      model: of(predictions.model),
      historical_rate: of(predictions.historical_rate),
      last_outcome: of(predictions.last_outcome),
      logistic_regression: of(predictions.logistic_regression),
    };
  };
  return {
    report,
    curves: { all: curves(() => true), onset: curves((row) => tries.afterSuccess[row] === 1) },
    reliability: reliability(tries.labels, predictions.model),
    leads: incidents.warnings.map(leadSeconds).filter((lead) => lead !== null),
    before: riskBeforeIncidents(runs, moments, incidents),
    dags: dagRows(tries, predictions.model, runs, incidents, tries.decidedAt[0] ?? Infinity),
  };
}
