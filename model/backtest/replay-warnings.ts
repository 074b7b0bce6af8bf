/** Chooses the threshold, replays the tested part with it and puts the result into the report's words. */
import type { UnixSeconds } from '../../core/facts.js';
import { buildTimelines, replayIncidents, type IncidentReplay } from './incidents.js';
import {
  countReplay,
  isoSeconds,
  LISTED_MOST,
  listMiss,
  listWarning,
  since,
  type ReplayReport,
} from './replay-report.js';
import type { RiskMoment, TestedRun } from './run-history.js';
import { chooseForBudgets, chooseWarnAt, type WarnAt, type WarningRule } from './warn-at.js';

export interface ReplayInput {
  readonly runs: readonly TestedRun[];
  /** Moments of the training part, scored by models that had not seen them. */
  readonly earlier: readonly RiskMoment[];
  readonly tested: readonly RiskMoment[];
  /** The tested part. */
  readonly from: UnixSeconds;
  readonly until: UnixSeconds;
  readonly rule: WarningRule;
  /** Length of the part that is replayed by name; at most the tested part. */
  readonly days: number;
}

export interface WarningReplay {
  readonly warnAt: WarnAt;
  /** Of the whole tested part. */
  readonly tested: IncidentReplay;
  /** Of the last days. */
  readonly latest: IncidentReplay;
  readonly latestFrom: UnixSeconds;
  readonly tradeoff: ReplayReport['tradeoff'];
}

const DAY = 86_400;
/** Other budgets that the report shows, as multiples of the one in use. */
const BUDGET_FACTORS = [0.25, 0.5, 1, 2, 4];

export function replayWarnings(input: ReplayInput): WarningReplay {
  const { runs, tested, from, until } = input;
  const latestFrom = Math.max(from, until - input.days * DAY);
  const before = [...input.earlier, ...tested.filter(({ at }) => at < latestFrom)];
  const earlier = {
    runs,
    moments: before,
    from: before.reduce((least, { at }) => Math.min(least, at), latestFrom),
    until: latestFrom,
  };
  const warnAt = chooseWarnAt(input.rule, earlier);
  // The last outcomes are known at `until` itself.
  const timelines = buildTimelines(runs, tested, from, Infinity);
  const whole = replayIncidents(runs, timelines, warnAt.risk);
  const latest = since(whole, latestFrom);
  const days = (until - latestFrom) / DAY;
  const perDay = warnAt.warningsPerDay ?? (days > 0 ? countReplay(latest).warnings / days : 0);
  const others =
    perDay > 0 && before.length > 0
      ? chooseForBudgets(
          earlier,
          BUDGET_FACTORS.map((factor) => factor * perDay),
        )
      : [];
  const thresholds = [...new Set([...others, warnAt.risk])].sort((a, b) => b - a);
  return {
    warnAt,
    tested: whole,
    latest,
    latestFrom,
    tradeoff: thresholds.map((risk) => {
      const { lead_seconds: lead, ...counts } = countReplay(
        since(replayIncidents(runs, timelines, risk), latestFrom),
      );
      return { warn_at: risk, ...counts, lead_seconds_median: lead.median };
    }),
  };
}

/** @param reasons of a moment, in words; empty where there are none. */
export function reportReplay(
  input: ReplayInput,
  replay: WarningReplay,
  reasons: (moment: RiskMoment) => readonly string[],
): ReplayReport {
  const { runs, from, until } = input;
  const { warnAt, latest, latestFrom } = replay;
  const span = (start: UnixSeconds) => ({
    from: isoSeconds(start),
    to: isoSeconds(until),
    days: (until - start) / DAY,
  });
  return {
    ...span(latestFrom),
    warn_at: warnAt.risk,
    warn_at_source: warnAt.source,
    warnings_per_day: warnAt.warningsPerDay,
    ...countReplay(latest),
    listed: {
      warnings: latest.warnings.slice(-LISTED_MOST).map((one) => listWarning(runs, one, reasons)),
      missed: latest.missed.slice(-LISTED_MOST).map((one) => listMiss(runs, one, reasons)),
    },
    listed_most: LISTED_MOST,
    tested: { ...span(from), ...countReplay(replay.tested) },
    tradeoff: replay.tradeoff,
  };
}

/** The moments whose reasons the report tells. */
export function listedMoments({ latest }: WarningReplay): RiskMoment[] {
  return [
    ...latest.warnings.slice(-LISTED_MOST).map(({ moment }) => moment),
    ...latest.missed.slice(-LISTED_MOST).map(({ highest }) => highest),
  ];
}
