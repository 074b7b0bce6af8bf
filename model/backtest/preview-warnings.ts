/** Which warnings thresholds per DAG would have led to: the replay of `orc backtest` with thresholds that were given. Pure. */
import type { UnixSeconds } from '../../core/facts.js';
import { buildTimelines, replayIncidents } from './incidents.js';
import {
  countReplay,
  isoSeconds,
  LISTED_MOST,
  listMiss,
  listWarning,
  since,
  type ListedMiss,
  type ListedWarning,
  type ReplayCounts,
} from './replay-report.js';
import type { RiskHistory } from './risk-history.js';
import type { TestedRun } from './run-history.js';

/** A run that could have been warned of, with its highest risk. */
export interface WarnableRun {
  readonly run: TestedRun;
  readonly risk: number;
}

export interface WarningPreview extends ReplayCounts {
  readonly from: string;
  readonly to: string;
  readonly days: number;
  readonly warnings_per_day: number;
  /** The latest of them. */
  readonly listed: { readonly warnings: readonly ListedWarning[]; readonly missed: readonly ListedMiss[] };
}

/**
 * Runs of a span whose DAG had not failed last, each once: what a budget of warnings is weighed on. What was shown after one of its
 * tasks had failed for good does not count, as in the scores that are kept: of a run that fails somebody hears anyway.
 */
export function warnableRuns(
  { runs, moments }: Pick<RiskHistory, 'runs' | 'moments'>,
  from: UnixSeconds,
  until: UnixSeconds,
): WarnableRun[] {
  const peaks = new Map<number, number>();
  for (const { run, at, risk, afterFailure } of moments) {
    if (at < from || at >= until || afterFailure === true) continue;
    if (at > (runs[run]!.failedAt ?? Infinity)) continue;
    peaks.set(run, Math.max(peaks.get(run) ?? 0, risk));
  }
  return [...peaks].map(([run, risk]) => ({ run: runs[run]!, risk }));
}

/**
 * @param start of what is shown; incidents that were open by then are known from `history.from` on.
 * @param warnAt the risk to warn at, for any run of a DAG.
 */
export function previewWarnings(
  history: RiskHistory,
  start: UnixSeconds,
  warnAt: (dag: TestedRun) => number,
): WarningPreview {
  const { runs, moments, until } = history;
  const from = Math.max(start, history.from);
  const timelines = buildTimelines(runs, moments, history.from, Infinity);
  const replay = since(replayIncidents(runs, timelines, warnAt), from);
  const days = (until - from) / 86_400;
  const counts = countReplay(replay);
  return {
    ...{ from: isoSeconds(from), to: isoSeconds(until), days },
    warnings_per_day: days > 0 ? counts.warnings / days : 0,
    ...counts,
    listed: {
      warnings: replay.warnings.slice(-LISTED_MOST).map((one) => listWarning(runs, one, () => [])),
      missed: replay.missed.slice(-LISTED_MOST).map((one) => listMiss(runs, one, () => [])),
    },
  };
}
