/** The ledger as a list, for people and programs. */
import type { Database } from '../../core/database/port.js';
import type { UnixSeconds } from '../../core/facts.js';
import { ACTION_COLUMNS, unixSeconds } from './columns.js';
import type { ActionState, LedgerAction } from './types.js';

/** What is not set does not matter. */
export interface ActionFilter {
  readonly states?: readonly ActionState[] | undefined;
  readonly deployment?: string | undefined;
  readonly dagId?: string | undefined;
  /** Only of a lower id: the next page. */
  readonly before?: number | undefined;
  readonly limit: number;
}

export interface ListedAction extends LedgerAction {
  /** When it came to its state. */
  readonly changedAt: UnixSeconds;
  /** Whether the call brought what it was for; null until that is known. */
  readonly helped: boolean | null;
}

type Asking = Pick<Database, 'query'>;
type ListedRow = ListedAction & Record<string, unknown>;

const LISTED = `SELECT ${ACTION_COLUMNS}, ${unixSeconds('changed_at', 'changedAt')}, helped FROM action`;

/** The latest first. */
export function listActions(
  database: Asking,
  { states, deployment, dagId, before, limit }: ActionFilter,
): Promise<ListedAction[]> {
  return database.query<ListedRow>(
    `${LISTED}
     WHERE ($1::text[] IS NULL OR state = ANY ($1)) AND ($2::text IS NULL OR deployment = $2)
       AND ($3::text IS NULL OR dag_id = $3) AND ($4::bigint IS NULL OR action_id < $4)
     ORDER BY action_id DESC LIMIT $5`,
    [states ?? null, deployment ?? null, dagId ?? null, before ?? null, limit],
  );
}

/** Null when there is none of this id. */
export async function findAction(database: Asking, id: number): Promise<ListedAction | null> {
  const [row] = await database.query<ListedRow>(`${LISTED} WHERE action_id = $1`, [id]);
  return row ?? null;
}

/** Those of these ids that there are, in no order. */
export function listActionsOf(database: Asking, ids: readonly number[]): Promise<ListedAction[]> {
  return database.query<ListedRow>(`${LISTED} WHERE action_id = ANY ($1::bigint[])`, [ids]);
}
