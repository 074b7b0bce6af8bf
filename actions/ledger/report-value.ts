import type { Database } from '../../core/database/port.js';
import type { ActionKind } from '../../core/action-terms.js';
import {
  mayBecomeAutomatic,
  readCells,
  valueLine,
  valueReport,
  type ValueLine,
  type Verdict,
} from '../value/index.js';
import { readPromotions, type PromotionKey } from './promotions.js';

/** Every unit that was drawn where something could be done: in shadow and suggest both arms are left alone. */
const DRAWN = `
  SELECT kind, cause, arm, treated_probability, run_failed AS failed, delay_minutes
  FROM action WHERE arm IS NOT NULL AND mode IN ('approve', 'automatic')`;

/** What acting was worth, by intention to treat; empty before anything that could be acted on was drawn. */
export async function reportValue(database: Pick<Database, 'query'>): Promise<ValueLine[]> {
  return valueReport(await readCells(database, DRAWN));
}

/** Whether a kind of action has earned to be automatic on a deployment, by what was drawn since its last demotion. */
export async function mayBePromoted(
  database: Pick<Database, 'query'>,
  { deployment, kind }: PromotionKey,
): Promise<Verdict> {
  const last = (await readPromotions(database)).find(
    (one) => one.deployment === deployment && one.kind === kind,
  );
  const cells = await readCells(
    database,
    `${DRAWN} AND deployment = $1 AND kind = $2 AND ($3::double precision IS NULL OR drawn_at > to_timestamp($3))`,
    [deployment, kind, last?.demotedAt ?? null],
  );
  return mayBecomeAutomatic(kind, valueLine(cells, kind, null));
}

/** Proposals of a kind that were not acted on by ORC, and what people made of their runs. */
export interface ProposalCount {
  readonly kind: ActionKind;
  /** Runs that somebody tried again afterwards. */
  readonly judged: number;
  /** Of these, runs that then succeeded. */
  readonly right: number;
}

/** Retries that were only recorded or suggested: right where a person who ran the run again had success. */
export async function readProposals(database: Pick<Database, 'query'>): Promise<ProposalCount[]> {
  return database.query<ProposalCount & Record<string, unknown>>(
    `SELECT kind, count(*)::int AS judged, (count(*) FILTER (WHERE NOT run_failed))::int AS right
     FROM action a
     WHERE state IN ('shadowed', 'suggested') AND kind = 'retry' AND run_failed IS NOT NULL AND EXISTS (
       SELECT FROM try_fact t
       WHERE (t.deployment, t.dag_id, t.run_id) = (a.deployment, a.dag_id, a.run_id)
         AND t.started_at > a.drawn_at
     )
     GROUP BY kind`,
  );
}
