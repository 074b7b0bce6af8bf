/** How an incident stands: from its alerts, and from what really happened. Pure. */
import type { RunEnd } from '../../core/fact-log/read-run-ends.js';
import type { UnixSeconds } from '../../core/facts.js';
import type { AlertState, Incident, NewEvent, Outcome, Phase } from './types.js';

const HOUR = 3600;
/** Alertmanager repeats what fires (4 h by default); one that has fallen silent for so long has forgotten it. */
const FORGOTTEN_SECONDS = 48 * HOUR;
/** After its last alert an incident waits so long for a run to end. */
const PATIENCE_SECONDS = 24 * HOUR;
const FAILED_ALERT = 'OrcDagFailed';

export type VerdictReason =
  | 'alert_fires'
  | 'run_failed'
  | 'deadline_passed'
  | 'awaiting_outcome'
  | 'success_ended_it'
  | 'run_ended'
  | 'alerts_resolved'
  | 'nothing_ended';

export interface Verdict {
  readonly phase: Phase;
  readonly reason: VerdictReason;
  /** Set when `phase` is `closed`. */
  readonly outcome: Outcome | null;
  /** What to tell of it; empty when the phase stays. */
  readonly events: readonly NewEvent[];
}

type Standing = Omit<Verdict, 'events'>;
type Opened = Pick<Incident, 'kind' | 'phase' | 'openedAt' | 'runId' | 'quietSince' | 'situation'>;

/** Alerts that fire, as far as anybody still says so. */
export function firingAlerts(alerts: readonly AlertState[], now: UnixSeconds): AlertState[] {
  return alerts.filter(
    ({ resolvedAt, receivedAt }) => resolvedAt === null && now - receivedAt < FORGOTTEN_SECONDS,
  );
}

/**
 * @param alerts every alert of the incident
 * @param ends the last runs of its DAG that ended, newest first; empty for incidents of no DAG
 * @param hasFailed whether a run was seen to fail since it opened
 */
export function judge(
  incident: Opened,
  alerts: readonly AlertState[],
  ends: readonly RunEnd[],
  hasFailed: boolean,
  now: UnixSeconds,
): Verdict {
  const firing = firingAlerts(alerts, now);
  const standing =
    incident.kind === 'failure'
      ? judgeFailure(incident, firing, ends, hasFailed, now)
      : incident.kind === 'lateness'
        ? judgeLateness(incident, firing, ends, now)
        : judgeOther(firing);
  return { ...standing, events: eventsOf(incident.phase, standing) };
}

function outOfPatience({ quietSince }: Opened, now: UnixSeconds): boolean {
  return quietSince !== null && now - quietSince >= PATIENCE_SECONDS;
}

/** A success ends it, once no alert speaks of the next run either. */
function judgeFailure(
  incident: Opened,
  firing: readonly AlertState[],
  ends: readonly RunEnd[],
  hasFailed: boolean,
  now: UnixSeconds,
): Standing {
  const isFailedFiring = firing.some(({ labels }) => labels['alertname'] === FAILED_ALERT);
  const since = ends.filter(({ runId, endedAt }) => endedAt >= incident.openedAt || runId === incident.runId);
  const last = since[0];
  const lastFailed = last?.failed ?? false;
  // A failure and the success after it may both have come since the last look.
  const failed = hasFailed || isFailedFiring || since.some((end) => end.failed);
  if (firing.length > 0) {
    return isFailedFiring || lastFailed
      ? { phase: 'failed', reason: 'run_failed', outcome: null }
      : { phase: 'at_risk', reason: 'alert_fires', outcome: null };
  }
  if (last?.failed === false) {
    const { runId, endedAt } = last;
    const outcome: Outcome = { what: failed ? 'recovered' : 'succeeded', runId, endedAt };
    return { phase: 'closed', reason: 'success_ended_it', outcome };
  }
  if (outOfPatience(incident, now)) {
    const outcome: Outcome =
      last === undefined ? { what: 'unknown' } : { what: 'failed', runId: last.runId, endedAt: last.endedAt };
    return { phase: 'closed', reason: 'nothing_ended', outcome };
  }
  return lastFailed
    ? { phase: 'failed', reason: 'run_failed', outcome: null }
    : { phase: 'eased', reason: 'awaiting_outcome', outcome: null };
}

/** It ends with its run: the one that was current, or the first to end after it opened. */
function judgeLateness(
  incident: Opened,
  firing: readonly AlertState[],
  ends: readonly RunEnd[],
  now: UnixSeconds,
): Standing {
  const deadline = incident.situation?.dag?.deadline?.at ?? null;
  const end =
    incident.runId === null
      ? ends.findLast(({ endedAt }) => endedAt >= incident.openedAt)
      : ends.find(({ runId }) => runId === incident.runId);
  const isLate = deadline !== null && (end?.endedAt ?? now) > deadline;
  if (end === undefined) {
    if (isLate) return { phase: 'late', reason: 'deadline_passed', outcome: null };
    if (firing.length > 0) return { phase: 'at_risk', reason: 'alert_fires', outcome: null };
    if (outOfPatience(incident, now))
      return { phase: 'closed', reason: 'nothing_ended', outcome: { what: 'unknown' } };
    return { phase: 'eased', reason: 'awaiting_outcome', outcome: null };
  }
  if (firing.length > 0) return { phase: isLate ? 'late' : 'at_risk', reason: 'alert_fires', outcome: null };
  const { runId, endedAt } = end;
  const outcome: Outcome = end.failed
    ? { what: 'failed', runId, endedAt }
    : { what: isLate ? 'late' : 'on_time', runId, endedAt, deadline };
  return { phase: 'closed', reason: 'run_ended', outcome };
}

function judgeOther(firing: readonly AlertState[]): Standing {
  return firing.length > 0
    ? { phase: 'at_risk', reason: 'alert_fires', outcome: null }
    : { phase: 'closed', reason: 'alerts_resolved', outcome: { what: 'resolved' } };
}

function eventsOf(before: Phase, { phase, outcome }: Standing): NewEvent[] {
  if (phase === before) return [];
  switch (phase) {
    case 'closed':
      return [{ what: 'closed', detail: { outcome: outcome?.what ?? null } }];
    case 'at_risk':
      return [{ what: 'at_risk_again', detail: {} }];
    case 'failed':
    case 'late':
    case 'eased':
      return [{ what: phase, detail: {} }];
  }
}
