/**
 * At which risk to warn, from costs and a budget of warnings. Pure.
 *
 * A warning is worth it where risk x cost of a miss x avertable share exceeds the cost of a warning (Elkan, "The foundations of
 * cost-sensitive learning", IJCAI 2001), and acting on it at once where it exceeds that and the cost of the action: the two
 * severities. Where that would lead to more warnings than the budget allows, each warning is charged its shadow price on top, the
 * least at which the budget holds: of all ways to keep to a budget this one averts the most.
 */
import type { Costs } from './costs.js';

export const SEVERITIES = ['warning', 'critical'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** Risks above which to warn, from {@link LOWEST} to {@link HIGHEST}. */
export type Thresholds = Readonly<Record<Severity, number>>;

/** At 0 everything would warn, at 1 nothing ever. */
export const LOWEST = 0.01;
export const HIGHEST = 0.99;

/** A run of the recent past that could have been warned of: its highest risk, and what its DAG's failures cost. */
export interface RecentRisk {
  readonly risk: number;
  readonly costs: Costs;
}

/**
 * What each warning is charged beyond its cost, in the unit of the costs; 0 while the budget holds without.
 *
 * @param recent the runs of `days` days whose DAG had no incident open: of the others nobody would be warned again.
 * @param days length of that time; counted as one at least, so that a morning does not stand for a day.
 */
export function shadowPrice(recent: readonly RecentRisk[], days: number, warningsPerDay: number): number {
  const allowed = Math.floor(warningsPerDay * Math.max(1, days));
  if (recent.length <= allowed) return 0;
  const surpluses = Float64Array.from(
    recent,
    ({ risk, costs }) => averted(costs) * risk - costs.warning,
  ).sort();
  return Math.max(0, surpluses[surpluses.length - 1 - allowed]!);
}

/** @param price what {@link shadowPrice} says. */
export function thresholdsOf(costs: Costs, price = 0): Thresholds {
  const warning = bounded((costs.warning + price) / averted(costs));
  const critical = bounded((costs.warning + costs.action) / averted(costs));
  return { warning, critical: Math.max(warning, critical) };
}

function averted({ missedFailure, avertableShare }: Costs): number {
  return missedFailure * avertableShare;
}

function bounded(threshold: number): number {
  return Math.min(HIGHEST, Math.max(LOWEST, threshold));
}
