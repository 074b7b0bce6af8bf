/**
 * What a threshold on the risk of DAG runs would have meant: warnings, and failures without one.
 *
 * An incident belongs to a DAG. It is opened by a warning or by a failed run, later failed runs continue it, and a success closes
 * it: one that began no earlier than the run that opened or continued it. While it is open nobody is warned again.
 */
import type { UnixSeconds } from '../../core/facts.js';
import { dagKey } from '../../features/row-keys.js';
import type { RiskMoment, TestedRun } from './run-history.js';

/** A moment at which the risk crossed the threshold with no incident open. */
export interface Warning {
  readonly moment: RiskMoment;
  /** The first run that failed while the incident was open, and when; null for a false alarm. */
  readonly failure: { readonly run: number; readonly at: UnixSeconds } | null;
}

/** A failure that opened an incident: nobody had been warned. */
export interface MissedFailure {
  readonly run: number;
  readonly at: UnixSeconds;
  /** The highest risk shown for the run before it failed. */
  readonly highest: RiskMoment;
}

export interface IncidentReplay {
  /** In the order of time. */
  readonly warnings: readonly Warning[];
  readonly missed: readonly MissedFailure[];
}

/** At equal times decisions come first: a score uses only what was known strictly before. */
type TimelineEvent =
  | { readonly order: 0; readonly at: UnixSeconds; readonly moment: RiskMoment }
  | { readonly order: 1 | 2; readonly at: UnixSeconds; readonly run: number };

/** What happened to one DAG, in the order of time. */
export interface DagTimeline {
  readonly events: readonly TimelineEvent[];
  /** An incident was open already when the time began. */
  readonly startsFailing: boolean;
}

/** Timelines of all DAGs from `from` to before `until`. */
export function buildTimelines(
  runs: readonly TestedRun[],
  moments: readonly RiskMoment[],
  from: UnixSeconds,
  until: UnixSeconds,
): DagTimeline[] {
  const dags = new Map<string, TimelineEvent[]>();
  const isWithin = (at: UnixSeconds): boolean => at >= from && at < until;
  const add = (run: TestedRun, event: TimelineEvent): void => {
    if (!isWithin(event.at)) return;
    const key = dagKey(run);
    const events = dags.get(key);
    if (events === undefined) dags.set(key, [event]);
    else events.push(event);
  };
  for (const moment of moments) add(runs[moment.run]!, { order: 0, at: moment.at, moment });
  runs.forEach((run, number) => {
    if (run.failedAt !== null) add(run, { order: 1, at: run.failedAt, run: number });
    else add(run, { order: 2, at: run.endedAt, run: number });
  });
  return [...dags.values()].map((events) => {
    events.sort((a, b) => a.at - b.at || a.order - b.order);
    const first = events.find((event) => event.order === 0);
    return { events, startsFailing: first?.moment.afterFailure === true };
  });
}

interface OpenIncident {
  warning: { moment: RiskMoment; failure: Warning['failure'] } | null;
  /** A success of a run that began earlier does not close it. */
  since: UnixSeconds;
}

/** Walks the timelines with one threshold, or with one for each DAG. */
export function replayIncidents(
  runs: readonly TestedRun[],
  timelines: readonly DagTimeline[],
  warnAt: number | ((dag: TestedRun) => number),
): IncidentReplay {
  const warnings: Warning[] = [];
  const missed: MissedFailure[] = [];
  for (const timeline of timelines)
    walk(
      runs,
      timeline,
      typeof warnAt === 'number' ? warnAt : warnAt(anyRun(runs, timeline)),
      warnings,
      missed,
    );
  warnings.sort((a, b) => a.moment.at - b.moment.at);
  missed.sort((a, b) => a.at - b.at);
  return { warnings, missed };
}

/** A run of the DAG that the timeline is of. */
function anyRun(runs: readonly TestedRun[], { events }: DagTimeline): TestedRun {
  const first = events[0]!;
  return runs[first.order === 0 ? first.moment.run : first.run]!;
}

function walk(
  runs: readonly TestedRun[],
  { events, startsFailing }: DagTimeline,
  warnAt: number,
  warnings: Warning[],
  missed: MissedFailure[],
): void {
  let incident: OpenIncident | null = startsFailing ? { warning: null, since: -Infinity } : null;
  let busyUntil = -Infinity;
  /** Of the active runs that have not failed: what is shown now, and the highest shown since the last incident. */
  const shown = new Map<number, RiskMoment>();
  const highest = new Map<number, RiskMoment>();
  const warn = (moment: RiskMoment): void => {
    const warning = { moment, failure: null };
    warnings.push(warning);
    incident = { warning, since: runs[moment.run]!.createdAt };
  };
  for (const event of events) {
    if (event.order === 0) {
      const { moment } = event;
      const run = runs[moment.run]!;
      // The gauge shows the next run only while none is active, and a run that has failed needs no warning.
      if (moment.stage === 'planned' ? moment.at < busyUntil : (run.failedAt ?? Infinity) < moment.at)
        continue;
      if (moment.stage !== 'planned') {
        busyUntil = Math.max(busyUntil, run.endedAt);
        shown.set(moment.run, moment);
      }
      if (moment.risk > (highest.get(moment.run)?.risk ?? -1)) highest.set(moment.run, moment);
      if (incident === null && moment.risk >= warnAt) warn(moment);
      continue;
    }
    const run = runs[event.run]!;
    const before = highest.get(event.run);
    shown.delete(event.run);
    highest.delete(event.run);
    if (event.order === 1) {
      const open: OpenIncident | null = incident;
      if (open === null) {
        incident = { warning: null, since: run.createdAt };
        // Of a run that began before the replay did, nothing was scored.
        if (before !== undefined) missed.push({ run: event.run, at: event.at, highest: before });
      } else {
        continueIncident(open, run, { run: event.run, at: event.at });
      }
    } else if (incident !== null && run.createdAt >= incident.since) {
      incident = null;
      highest.clear();
      for (const [number, moment] of shown) highest.set(number, moment);
      // What other runs show goes on being shown.
      const riskiest = [...shown.values()].reduce<RiskMoment | null>(
        (most, moment) => (most !== null && most.risk >= moment.risk ? most : moment),
        null,
      );
      if (riskiest !== null && riskiest.risk >= warnAt) warn({ ...riskiest, at: event.at });
    }
  }
}

function continueIncident(
  incident: OpenIncident,
  run: TestedRun,
  failure: NonNullable<Warning['failure']>,
): void {
  incident.since = Math.max(incident.since, run.createdAt);
  if (incident.warning !== null) incident.warning.failure ??= failure;
}
