import type { Queryable } from '../../core/database/port.js';
import { FEEDBACK_INCIDENTS, type Feedback } from '../thresholds/feedback.js';

/** Of one DAG. */
export interface DagFeedback extends Feedback {
  readonly deployment: string;
  readonly dagId: string;
}

/** What people said of the last incidents of each DAG; those of which they said nothing are left out. */
export function readFeedback(database: Pick<Queryable, 'query'>): Promise<DagFeedback[]> {
  return database.query<DagFeedback & Record<string, unknown>>(
    `SELECT deployment, subject AS "dagId", count(*)::int AS incidents, count(*) FILTER (WHERE not_useful)::int AS "notUseful"
     FROM (
       SELECT deployment, subject, row_number() OVER (PARTITION BY deployment, subject ORDER BY incident_id DESC) AS age,
         EXISTS (SELECT FROM incident_feedback AS said WHERE said.incident_id = incident.incident_id) AS not_useful
       FROM incident WHERE kind IN ('failure', 'lateness')
     ) AS recent
     WHERE age <= $1 GROUP BY deployment, subject HAVING bool_or(not_useful) ORDER BY deployment, subject`,
    [FEEDBACK_INCIDENTS],
  );
}

/** Undefined when nothing was said. */
export function feedbackOf(
  all: readonly DagFeedback[],
  { deployment, dagId }: Pick<DagFeedback, 'deployment' | 'dagId'>,
): DagFeedback | undefined {
  return all.find((one) => one.deployment === deployment && one.dagId === dagId);
}
