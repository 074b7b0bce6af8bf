import { formatTable } from './command.js';

import type { RiskMetrics, VersionMetrics } from '../model/index.js';

/** Four decimals, `-` where undefined. */
export function formatFigure(value: number | null | undefined): string {
  return value === null || value === undefined || Number.isNaN(value) ? '-' : value.toFixed(4);
}

/** One row per named predictor. */
export function formatSubset(rows: readonly (readonly [name: string, metrics: RiskMetrics])[]): string {
  return formatTable(
    ['', 'average precision', 'ROC AUC', 'Brier', 'calibration error'],
    rows.map(([name, m]) => [
      name,
      ...[m.average_precision, m.roc_auc, m.brier, m.expected_calibration_error].map(formatFigure),
    ]),
  );
}

/** Quality of a trained version on the latest part of its history, beside the historical rate. */
export function formatVersionMetrics({ try: tries, dag_run: runs }: VersionMetrics): string {
  const kinds = [['tries', tries] as const, ['DAG runs', runs] as const];
  const parts = kinds.map(([name, metrics]) => {
    const figures = formatSubset([
      ['ORC', metrics],
      ['historical_rate', metrics.baselines.historical_rate],
    ]);
    return `${name}: the ${metrics.rows} latest (${metrics.failures} failed)\n${figures}`;
  });
  return parts.join('\n\n');
}
