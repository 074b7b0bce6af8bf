/** What the report says in plain words. */
import { duration } from '../../../features/words.js';
import { html, type Html } from '../../../core/html.js';
import type { ReplayReport } from '../replay-report.js';
import type { BacktestReport } from '../report.js';
import { formatCount, formatFigure, formatShare } from './formats.js';

/** "With it, the last 30 days would have brought 12 warnings, 9 of them right, ..." */
export function replaySentence({ replay, dag_runs: { failure } }: BacktestReport): string {
  const { warnings, right, missed } = replay;
  const period = spanWords(replay.days);
  const { rows, failures } = failure.subsets.all;
  if (rows === 0) return 'No DAG run ended in the tested part, so there was none to warn of.';
  if (failures === rows) return `${period} saw no new failure: every DAG run failed, as those before.`;
  if (warnings === 0 && missed === 0) {
    return `${period} saw no new failure of a DAG run, and ORC would have sent no warning.`;
  }
  const median = replay.lead_seconds.median;
  const ahead = median === null ? '' : `, a median of ${duration(median)} ahead`;
  const sent =
    warnings === 0
      ? 'would have brought no warning'
      : `would have brought ${formatCount(warnings, 'warning')}: ${right === warnings ? 'all' : right === 0 ? 'none' : right.toString()} right${ahead}`;
  const rest =
    missed === 0
      ? 'No failure would have come without a warning.'
      : `${formatCount(missed, 'failure')} would have come without one.`;
  return `${period} ${sent}. ${rest}`;
}

/** `The last 30 days`, `The last 9 hours`. */
export function spanWords(days: number): string {
  return `The last ${days < 1.5 ? duration(days * 86_400) : formatCount(Math.round(days), 'day')}`;
}

/** How good the ranking and the percentages are, in two sentences. */
export function qualitySentences({ subsets }: BacktestReport): string {
  const { all, onset } = subsets;
  if (all.failures === 0) return 'No tested try failed, so there is nothing to rank.';
  const error = all.model.expected_calibration_error;
  const calibration =
    error === null
      ? ''
      : ` Its percentages are off by ${(error * 100).toFixed(1)} points on average${isWithinChance(error, all.chance.perfect_calibration_error) ? ', which chance alone explains' : ''}.`;
  const model = onset.model.average_precision;
  const rate = onset.baselines.historical_rate.average_precision;
  if (model === null || rate === null) {
    return `No tested try failed right after a success, so only failures that go on could be ranked.${calibration}`;
  }
  return `Among tries whose task had succeeded the last time, where nobody sees a failure coming, ORC ranks with an average precision of ${formatFigure(model)}; the task's historical rate reaches ${formatFigure(rate)}, guessing ${formatFigure(onset.failures / onset.rows)}.${calibration}`;
}

function isWithinChance(error: number, perfect: number | null): boolean {
  return perfect !== null && error <= perfect;
}

/** The four numbers at the top. */
export function tiles(replay: ReplayReport): Html {
  const { median, p10, p90 } = replay.lead_seconds;
  const ends = p10 === null || p90 === null ? [] : [duration(p10), duration(p90)];
  const spread = ends[0] === ends[1] ? null : ends.join(' and ');
  const tile = (figure: string, text: string, style = ''): Html =>
    html`<div class="tile"><b class="${style}">${figure}</b><span>${text}</span></div>`;
  return html`<div class="tiles">
    ${tile(replay.warnings.toLocaleString('en-US'), replay.warnings === 1 ? 'warning' : 'warnings')}
    ${tile(replay.right.toLocaleString('en-US'), `right (${formatShare(replay.precision)} of the warnings)`, 'good')}
    ${tile(median === null ? '–' : duration(median), spread === null ? 'ahead of the failure (median)' : `ahead (median; 8 in 10 between ${spread})`)}
    ${tile(replay.missed.toLocaleString('en-US'), `missed (${formatShare(replay.recall)} of the incidents were warned of)`, replay.missed > 0 ? 'bad' : '')}
  </div>`;
}
