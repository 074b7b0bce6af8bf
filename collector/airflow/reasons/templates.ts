import type { Database } from '../../../core/database/port.js';
import { TemplateMiner, type MinedTemplate } from '../../failure-reason/index.js';

const MOST_TEMPLATES = 1000;

/** A miner that knows the templates of a deployment's reasons in the log, those seen last being forgotten last. */
export async function loadTemplates(
  database: Pick<Database, 'query'>,
  deployment: string,
): Promise<TemplateMiner> {
  const rows = await database.query<MinedTemplate & Record<string, unknown>>(
    `SELECT id, text, count FROM (
       SELECT DISTINCT ON (template_id) template_id AS id, template AS text, fact_id,
         count(*) OVER (PARTITION BY template_id)::integer AS count
       FROM failure_reason_fact
       WHERE deployment = $1 AND template_id IS NOT NULL
       ORDER BY template_id, fact_id DESC
     ) AS template
     ORDER BY fact_id DESC
     LIMIT $2`,
    [deployment, MOST_TEMPLATES],
  );
  return new TemplateMiner({ maxTemplates: MOST_TEMPLATES }, rows.reverse());
}
