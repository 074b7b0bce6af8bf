import { PHASE_ENDED, PHASE_QUEUED, PHASE_STARTED, type FactTimes, type UnixSeconds } from '../facts.js';

interface Phased extends FactTimes {
  readonly newPhases: number;
  readonly queuedAt: UnixSeconds | null;
  readonly startedAt: UnixSeconds | null;
  readonly endedAt: UnixSeconds | null;
}

/** When something that happened at `time` and is told by this fact became visible. */
export function visibleAt(fact: FactTimes, time: UnixSeconds, lagSeconds: number): UnixSeconds {
  return fact.visibilityAssumed ? time + lagSeconds : fact.knownAt;
}

/** When a phase (one of the `PHASE_` bits) of a try or DAG run happened; the event time where Airflow gives no time of its own. */
export function phaseTime(fact: Phased, phase: number): UnixSeconds {
  const time =
    phase === PHASE_QUEUED ? fact.queuedAt : phase === PHASE_STARTED ? fact.startedAt : fact.endedAt;
  return time ?? fact.eventTime;
}

/** When the first new phase of a try or DAG run became visible; for a later mark (no new phase), the fact itself. */
export function firstVisibleAt(fact: Phased, lagSeconds: number): UnixSeconds {
  if (!fact.visibilityAssumed) return fact.knownAt;
  let first = Infinity;
  for (const phase of [PHASE_QUEUED, PHASE_STARTED, PHASE_ENDED]) {
    if ((fact.newPhases & phase) !== 0) first = Math.min(first, phaseTime(fact, phase));
  }
  return (first === Infinity ? fact.eventTime : first) + lagSeconds;
}
