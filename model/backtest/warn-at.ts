/** At which risk to warn. */
import type { UnixSeconds } from '../../core/facts.js';
import { buildTimelines, replayIncidents } from './incidents.js';
import type { RiskMoment, TestedRun } from './run-history.js';

/** What the user asked for; by default as many warnings as there were incidents. */
export type WarningRule =
  | { readonly kind: 'risk'; readonly risk: number }
  | { readonly kind: 'budget'; readonly warningsPerDay: number }
  | { readonly kind: 'default' };

/** A part of the history before the one that is replayed, with risks that were worked out without knowing it. */
export interface EarlierPart {
  readonly runs: readonly TestedRun[];
  readonly moments: readonly RiskMoment[];
  readonly from: UnixSeconds;
  readonly until: UnixSeconds;
}

/** The threshold and where it comes from. */
export interface WarnAt {
  readonly risk: number;
  /** `given`; `budget`: allows so many warnings a day; `incidents`: as many as there were incidents; `fallback`: too little history. */
  readonly source: 'given' | 'budget' | 'incidents' | 'fallback';
  /** Warnings a day that it allowed in the earlier part; null when that part was not looked at. */
  readonly warningsPerDay: number | null;
}

/** More likely than not. */
const FALLBACK_RISK = 0.5;
/** With fewer incidents before, their number says too little about a usual day. */
const NEEDED_INCIDENTS = 5;
const STRETCH_DAYS = 90;
const DAY = 86_400;

/**
 * The threshold for a replay, chosen on the part before it: the lowest that would not have warned more often there than the budget
 * allows. Histories drift, so only the latest stretch is looked at, unless it holds too few incidents.
 */
export function chooseWarnAt(rule: WarningRule, earlier: EarlierPart): WarnAt {
  if (rule.kind === 'risk') return { risk: rule.risk, source: 'given', warningsPerDay: null };
  const part = latestStretch(earlier);
  const days = lengthDays(part);
  if (!(days > 0) || part.moments.length === 0) return fallback();
  const count = countWarnings(part);
  if (rule.kind === 'budget') {
    const risk = lowestRisk(part.moments, count, rule.warningsPerDay * days);
    return { risk, source: 'budget', warningsPerDay: rule.warningsPerDay };
  }
  const incidents = count(Infinity).missed;
  if (incidents < NEEDED_INCIDENTS) return fallback();
  const risk = lowestRisk(part.moments, count, incidents);
  return { risk, source: 'incidents', warningsPerDay: incidents / days };
}

/** The last days of the part when they hold enough incidents, else all of it. */
function latestStretch(earlier: EarlierPart): EarlierPart {
  const from = Math.max(earlier.from, earlier.until - STRETCH_DAYS * DAY);
  const latest = { ...earlier, from, moments: earlier.moments.filter(({ at }) => at >= from) };
  return countWarnings(latest)(Infinity).missed < NEEDED_INCIDENTS ? earlier : latest;
}

function lengthDays({ from, until }: EarlierPart): number {
  return (until - from) / DAY;
}

/** The thresholds that multiples of a budget lead to. */
export function chooseForBudgets(earlier: EarlierPart, perDay: readonly number[]): number[] {
  const part = latestStretch(earlier);
  const count = countWarnings(part);
  return perDay.map((budget) => lowestRisk(part.moments, count, budget * lengthDays(part)));
}

function fallback(): WarnAt {
  return { risk: FALLBACK_RISK, source: 'fallback', warningsPerDay: null };
}

function countWarnings({ runs, moments, from, until }: EarlierPart) {
  const timelines = buildTimelines(runs, moments, from, until);
  return (warnAt: number): { readonly warnings: number; readonly missed: number } => {
    const { warnings, missed } = replayIncidents(runs, timelines, warnAt);
    return { warnings: warnings.length, missed: missed.length };
  };
}

/** The lowest of the risks shown at which no more than `most` warnings would have been sent; 1 when each sends more. */
function lowestRisk(
  moments: readonly RiskMoment[],
  count: (warnAt: number) => { readonly warnings: number },
  most: number,
): number {
  const risks = [...new Set(Float64Array.from(moments, ({ risk }) => risk).sort())];
  let low = 0;
  let high = risks.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (count(risks[middle]!).warnings <= most) high = middle;
    else low = middle + 1;
  }
  return risks[low] ?? 1;
}
