/** What the risk of a DAG was in the time before it failed. */
import type { UnixSeconds } from '../../core/facts.js';
import { dagKey } from '../../features/row-keys.js';
import type { IncidentReplay } from './incidents.js';
import { quantile } from './quantiles.js';
import type { RiskMoment, TestedRun } from './run-history.js';

/** The risk shown so long before the failures. */
export interface RiskBefore {
  readonly secondsBefore: number;
  /** Failures whose DAG had a risk then. */
  readonly incidents: number;
  readonly low: number;
  readonly median: number;
  readonly high: number;
}

export interface RiskBeforeIncidents {
  /** From long before to just before. */
  readonly points: readonly RiskBefore[];
  readonly incidents: number;
  /** Median risk of all runs that succeeded; null without any. */
  readonly usual: number | null;
}

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const SECONDS_BEFORE = [
  ...[7 * DAY, 3 * DAY, DAY, 12 * HOUR, 6 * HOUR, 3 * HOUR, HOUR],
  ...[30 * MINUTE, 15 * MINUTE, 5 * MINUTE, MINUTE, 0],
];
/** A point is shown when at least this share of the incidents has a risk then. */
const NEEDED_SHARE = 0.5;

/** Quartiles over the incidents, warned of or missed, of the latest risk that their DAG had. */
export function riskBeforeIncidents(
  runs: readonly TestedRun[],
  moments: readonly RiskMoment[],
  { warnings, missed }: IncidentReplay,
): RiskBeforeIncidents {
  const byDag = new Map<string, RiskMoment[]>();
  const succeeded: number[] = [];
  for (const moment of moments) {
    const run = runs[moment.run]!;
    const known = byDag.get(dagKey(run));
    if (known === undefined) byDag.set(dagKey(run), [moment]);
    else known.push(moment);
    if (!run.failed) succeeded.push(moment.risk);
  }
  for (const known of byDag.values()) known.sort((a, b) => a.at - b.at);
  const failures = [
    ...warnings.flatMap(({ failure }) => (failure === null ? [] : [failure])),
    ...missed.map(({ run, at }) => ({ run, at })),
  ];
  const points = SECONDS_BEFORE.flatMap((secondsBefore): RiskBefore[] => {
    const risks = failures
      .map(({ run, at }) => riskAt(byDag.get(dagKey(runs[run]!)) ?? [], at - secondsBefore))
      .filter((risk) => risk !== null);
    if (risks.length === 0 || risks.length < NEEDED_SHARE * failures.length) return [];
    const of = (share: number): number => quantile(risks, share)!;
    return [{ secondsBefore, incidents: risks.length, low: of(0.25), median: of(0.5), high: of(0.75) }];
  });
  return { points, incidents: failures.length, usual: quantile(succeeded, 0.5) };
}

/** The latest risk at or before a time. */
function riskAt(moments: readonly RiskMoment[], at: UnixSeconds): number | null {
  let low = 0;
  let high = moments.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (moments[middle]!.at <= at) low = middle + 1;
    else high = middle;
  }
  return moments[low - 1]?.risk ?? null;
}
