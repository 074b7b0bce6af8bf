/** Whether a subject has enough history of its own for its risk to be about it, and not about its like. */
import { DAG_RUN_FEATURES, TRY_FEATURES, featureIndex } from '../features/registry.js';
import type { SubjectKind } from './types.js';

/**
 * `thin`: the risk rests on what such subjects do: the rates of its DAG, operator, pool, schedule and deployment.
 * `own`: it rests on outcomes of its own.
 */
export type Evidence = 'thin' | 'own';

/** Outcomes, old ones counting less, from which on the own history outweighs the two outcomes' worth of prior that every rate has. */
const NEEDED_OUTCOMES = 5;

/** Columns that count the own outcomes: labelled tries of the task, ended runs of the DAG. */
const COLUMNS: Readonly<Record<SubjectKind, number>> = {
  try: featureIndex(TRY_FEATURES, 'task__tries__128d'),
  dag_run: featureIndex(DAG_RUN_FEATURES, 'dag_run__runs__32d'),
};

/**
 * @param values holds the vector from `offset` on, in the columns of the kind.
 * @returns `thin` also where the count is unknown.
 */
export function evidenceOf(kind: SubjectKind, values: Float32Array, offset = 0): Evidence {
  return values[offset + COLUMNS[kind]]! >= NEEDED_OUTCOMES ? 'own' : 'thin';
}
