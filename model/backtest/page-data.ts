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
  /** Of the risks of tries. */
  readonly reliability: {
    readonly all: readonly ReliabilityBin[];
    readonly onset: readonly ReliabilityBin[];
  };
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
  const isOnset = (row: number): boolean => tries.afterSuccess[row] === 1;
  const onsetLabels = tries.labels.filter((_, row) => isOnset(row));
  const ofOnset = (risks: Float64Array): Float64Array => risks.filter((_, row) => isOnset(row));
  const curves = (labels: Uint8Array, choose: (risks: Float64Array) => Float64Array): Curves => {
    const of = (risks: Float64Array): CurvePoint[] => precisionRecallCurve(labels, choose(risks));
    return {
      model: of(predictions.model),
      historical_rate: of(predictions.historical_rate),
      last_outcome: of(predictions.last_outcome),
      logistic_regression: of(predictions.logistic_regression),
    };
  };
  return {
    report,
    curves: { all: curves(tries.labels, (risks) => risks), onset: curves(onsetLabels, ofOnset) },
    reliability: {
      all: reliability(tries.labels, predictions.model),
      onset: reliability(onsetLabels, ofOnset(predictions.model)),
    },
    leads: incidents.warnings.map(leadSeconds).filter((lead) => lead !== null),
    before: riskBeforeIncidents(runs, moments, incidents),
    dags: dagRows(tries, predictions.model, runs, incidents, tries.decidedAt[0] ?? Infinity),
  };
}
