/** "Last month, replayed": which warnings a threshold would have meant, as `orc backtest --json` prints it. */
import type { UnixSeconds } from '../../core/facts.js';
import type { Stage } from '../../features/types.js';
import type { IncidentReplay, MissedFailure, Warning } from './incidents.js';
import { quantile } from './quantiles.js';
import type { RiskMoment, TestedRun } from './run-history.js';
import type { WarnAt } from './warn-at.js';

/** Seconds between the first warning and the failure, over the warnings that were right. */
export interface LeadTimes {
  readonly median: number | null;
  readonly p10: number | null;
  readonly p25: number | null;
  readonly p75: number | null;
  readonly p90: number | null;
}

/** Counts of one threshold over one stretch of time. */
export interface ReplayCounts {
  readonly warnings: number;
  /** Warnings whose DAG then failed. */
  readonly right: number;
  /** Failures that opened an incident without a warning. */
  readonly missed: number;
  /** right / warnings; null without a warning. */
  readonly precision: number | null;
  /** right / (right + missed); null without an incident. */
  readonly recall: number | null;
  readonly lead_seconds: LeadTimes;
}

export interface ListedWarning {
  readonly deployment: string;
  readonly dag_id: string;
  readonly run_id: string;
  readonly at: string;
  readonly stage: Stage;
  readonly risk: number;
  readonly right: boolean;
  readonly failed_at: string | null;
  readonly lead_seconds: number | null;
  /** What raised the risk above its usual level, strongest first. */
  readonly reasons: readonly string[];
}

export interface ListedMiss {
  readonly deployment: string;
  readonly dag_id: string;
  readonly run_id: string;
  readonly failed_at: string;
  /** The highest risk before it failed, and when and at which stage it was shown. */
  readonly highest_risk: number;
  readonly at: string;
  readonly stage: Stage;
  readonly reasons: readonly string[];
}

export interface ReplayReport extends ReplayCounts {
  readonly from: string;
  readonly to: string;
  readonly days: number;
  readonly warn_at: number;
  readonly warn_at_source: WarnAt['source'];
  /** Warnings a day that the threshold allowed before `from`. */
  readonly warnings_per_day: number | null;
  /** The latest of them; see `listed_most`. */
  readonly listed: { readonly warnings: readonly ListedWarning[]; readonly missed: readonly ListedMiss[] };
  /** No more than so many of each are listed. */
  readonly listed_most: number;
  /** The same threshold over the whole tested part. */
  readonly tested: ReplayCounts & { readonly from: string; readonly to: string; readonly days: number };
  /** Other thresholds over the same days, from few warnings to many. */
  readonly tradeoff: readonly (Omit<ReplayCounts, 'lead_seconds'> & {
    readonly warn_at: number;
    readonly lead_seconds_median: number | null;
  })[];
}

/** Warnings, and misses, that are listed by name. */
export const LISTED_MOST = 200;

/** What happened from `from` on: warnings by when they were sent, misses by when they failed. */
export function since({ warnings, missed }: IncidentReplay, from: UnixSeconds): IncidentReplay {
  return {
    warnings: warnings.filter(({ moment }) => moment.at >= from),
    missed: missed.filter(({ at }) => at >= from),
  };
}

/** Seconds from the warning to the failure; null for a false alarm. */
export function leadSeconds({ moment, failure }: Warning): number | null {
  return failure === null ? null : failure.at - moment.at;
}

export function countReplay({ warnings, missed }: IncidentReplay): ReplayCounts {
  const leads = warnings.map(leadSeconds).filter((lead) => lead !== null);
  const right = leads.length;
  const incidents = right + missed.length;
  return {
    warnings: warnings.length,
    right,
    missed: missed.length,
    precision: warnings.length === 0 ? null : right / warnings.length,
    recall: incidents === 0 ? null : right / incidents,
    lead_seconds: {
      median: quantile(leads, 0.5),
      p10: quantile(leads, 0.1),
      p25: quantile(leads, 0.25),
      p75: quantile(leads, 0.75),
      p90: quantile(leads, 0.9),
    },
  };
}

/** ISO 8601 in UTC, to the second. */
export function isoSeconds(at: UnixSeconds): string {
  return `${new Date(Math.floor(at) * 1000).toISOString().slice(0, 19)}Z`;
}

function runIds({ deployment, dagId, runId }: TestedRun) {
  return { deployment, dag_id: dagId, run_id: runId };
}

/** @param reasons of a moment, in words. */
export function listWarning(
  runs: readonly TestedRun[],
  warning: Warning,
  reasons: (moment: RiskMoment) => readonly string[],
): ListedWarning {
  const { moment, failure } = warning;
  return {
    ...runIds(runs[moment.run]!),
    at: isoSeconds(moment.at),
    stage: moment.stage,
    risk: moment.risk,
    right: failure !== null,
    failed_at: failure === null ? null : isoSeconds(failure.at),
    lead_seconds: leadSeconds(warning),
    reasons: reasons(moment),
  };
}

export function listMiss(
  runs: readonly TestedRun[],
  { run, at, highest }: MissedFailure,
  reasons: (moment: RiskMoment) => readonly string[],
): ListedMiss {
  return {
    ...runIds(runs[run]!),
    failed_at: isoSeconds(at),
    highest_risk: highest.risk,
    at: isoSeconds(highest.at),
    stage: highest.stage,
    reasons: reasons(highest),
  };
}
