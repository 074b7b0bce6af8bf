/** Runs that an action of ORC made go on, or made: what ended in them afterwards says how acting went, not how the DAG does. */
import type { Queryable } from '../database/port.js';
import { PHASE_ENDED, type UnixSeconds } from '../facts.js';
import type { ReadScope } from './copy-rows.js';
import type { AnyFact } from './decode-facts.js';

/** A run and when ORC called on it; a run may be called on several times. */
export interface TouchedRun {
  readonly deployment: string;
  readonly dagId: string;
  readonly runId: string;
  readonly calledAt: UnixSeconds;
}

/** By run id. */
export type TouchedRuns = ReadonlyMap<string, readonly TouchedRun[]>;

const READ = `
  SELECT deployment, dag_id AS "dagId", run_id AS "runId", extract(epoch FROM called_at)::double precision AS "calledAt"
  FROM touched_run`;
/** A reader of news asks about the runs in them alone, by the indexes of runs. */
const IN_NEWS = `
  WHERE (deployment, dag_id, run_id) IN (
    SELECT deployment, dag_id, run_id FROM try_fact WHERE fact_id > $1 AND fact_id <= $2
    UNION SELECT deployment, dag_id, run_id FROM dag_run_fact WHERE fact_id > $1 AND fact_id <= $2
    UNION SELECT deployment, dag_id, run_id FROM failure_reason_fact WHERE fact_id > $1 AND fact_id <= $2
  )`;

/** The runs that an action touched, among those that a reading of the log can tell of. */
export async function readTouchedRuns(
  database: Pick<Queryable, 'query'>,
  { afterFactId = 0, untilFactId = Number.MAX_SAFE_INTEGER }: ReadScope = {},
): Promise<TouchedRuns> {
  const rows = await (afterFactId === 0
    ? database.query<TouchedRun & Record<string, unknown>>(READ)
    : database.query<TouchedRun & Record<string, unknown>>(READ + IN_NEWS, [afterFactId, untilFactId]));
  return touchedRuns(rows);
}

export function touchedRuns(runs: Iterable<TouchedRun>): TouchedRuns {
  const byId = new Map<string, TouchedRun[]>();
  for (const run of runs) {
    const others = byId.get(run.runId);
    if (others === undefined) byId.set(run.runId, [run]);
    else others.push(run);
  }
  return byId;
}

/** Marks the facts that tell an end after the call on their run (`isTouched`); all others are given back as they are. Pure. */
export function markTouched(facts: readonly AnyFact[], touched: TouchedRuns): AnyFact[] {
  return facts.map((row) => {
    switch (row.kind) {
      case 'try':
        return isTouched(row.fact, touched) ? { kind: 'try', fact: { ...row.fact, isTouched: true } } : row;
      case 'dag_run':
        return isTouched(row.fact, touched)
          ? { kind: 'dag_run', fact: { ...row.fact, isTouched: true } }
          : row;
      case 'failure_reason': {
        const { fact } = row;
        const isAfter = isAfterCall(fact, fact.eventTime, touched);
        return isAfter ? { kind: 'failure_reason', fact: { ...fact, isTouched: true } } : row;
      }
      default:
        return row;
    }
  });
}

type RunFact = Extract<AnyFact, { kind: 'try' | 'dag_run' }>['fact'];

function isTouched(fact: RunFact, touched: TouchedRuns): boolean {
  return (fact.newPhases & PHASE_ENDED) !== 0 && isAfterCall(fact, fact.endedAt ?? fact.eventTime, touched);
}

function isAfterCall(
  { deployment, dagId, runId }: Omit<TouchedRun, 'calledAt'>,
  endedAt: UnixSeconds,
  touched: TouchedRuns,
): boolean {
  const calls = touched.get(runId) ?? [];
  return calls.some(
    (call) => call.deployment === deployment && call.dagId === dagId && endedAt > call.calledAt,
  );
}
