/** Histories with known causes as facts in the order of the fact log. */
import { firstVisibleAt } from '../../core/fact-log/visible-time.js';
import type { AnyFact } from '../../core/fact-log/read.js';
import {
  FINAL_TRY_STATES,
  PHASE_ENDED,
  PHASE_QUEUED,
  PHASE_STARTED,
  type DagRunObservation,
  type FactTimes,
  type FailureClass,
  type PoolObservation,
  type TaskObservation,
  type TryObservation,
  type UnixSeconds,
} from '../../core/facts.js';

/** Everything that ORC gets to know of a history. */
export interface KnownHistory {
  readonly from: UnixSeconds;
  readonly tasks: readonly TaskObservation[];
  readonly pools: readonly PoolObservation[];
  readonly dagRuns: readonly DagRunObservation[];
  readonly tries: readonly TryObservation[];
  /** What the log of a failed try would have told. */
  readonly reasonOf: (made: TryObservation) => Reason | null;
}

/** Why a try failed. */
export interface KnownCause {
  readonly cause: string;
  /** Others that were in action and would each alone have failed it with a chance of one half or more, where a history knows them. */
  readonly beside: readonly string[];
}

/** A history, and why its failed tries failed, by `tryKey`; null where nobody knows. */
export interface CausedHistory {
  readonly history: KnownHistory;
  readonly causeOf: (key: string) => KnownCause | null;
}

export interface Reason {
  readonly failureClass: FailureClass;
  readonly templateId: string | null;
}

interface Phased {
  readonly queuedAt: UnixSeconds | null;
  readonly startedAt: UnixSeconds | null;
  readonly endedAt: UnixSeconds | null;
}

function phasesOf({ queuedAt, startedAt }: Phased, hasEnded: boolean): number {
  return (
    (queuedAt === null ? 0 : PHASE_QUEUED) |
    (startedAt === null ? 0 : PHASE_STARTED) |
    (hasEnded ? PHASE_ENDED : 0)
  );
}

function visibleTime(row: AnyFact): UnixSeconds {
  return row.kind === 'try' || row.kind === 'dag_run' ? firstVisibleAt(row.fact, 0) : row.fact.eventTime;
}

/** The facts as an import would have left them: visible when they happened. */
export function historyFacts(history: KnownHistory): AnyFact[] {
  let factId = 0;
  const times = (eventTime: UnixSeconds): FactTimes => ({
    factId: ++factId,
    eventTime,
    knownAt: Number.MAX_SAFE_INTEGER,
    visibilityAssumed: true,
  });
  const facts: AnyFact[] = [
    ...history.tasks.map((made) => ({ kind: 'task' as const, fact: { ...made, ...times(history.from) } })),
    ...history.pools.map((made) => ({ kind: 'pool' as const, fact: { ...made, ...times(history.from) } })),
  ];
  for (const made of history.dagRuns) {
    const hasEnded = made.endedAt !== null && (made.state === 'success' || made.state === 'failed');
    const eventTime = made.endedAt ?? made.startedAt ?? made.queuedAt ?? history.from;
    facts.push({
      kind: 'dag_run',
      fact: { ...made, ...times(eventTime), newPhases: phasesOf(made, hasEnded) },
    });
  }
  for (const made of history.tries) {
    const hasEnded = made.endedAt !== null && FINAL_TRY_STATES.has(made.state);
    const eventTime = made.endedAt ?? made.startedAt ?? made.queuedAt ?? history.from;
    facts.push({ kind: 'try', fact: { ...made, ...times(eventTime), newPhases: phasesOf(made, hasEnded) } });
    const reason = made.endedAt === null ? null : history.reasonOf(made);
    if (reason === null) continue;
    const { deployment, dagId, runId, taskId, mapIndex, pool } = made;
    facts.push({
      kind: 'failure_reason',
      fact: { deployment, dagId, runId, taskId, mapIndex, pool, ...reason, ...times(made.endedAt!) },
    });
  }
  const keyed = facts.map((row) => ({ row, at: visibleTime(row) }));
  return keyed.sort((a, b) => a.at - b.at || a.row.fact.factId - b.row.fact.factId).map(({ row }) => row);
}
