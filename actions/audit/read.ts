import type { Queryable } from '../../core/database/port.js';
import type { UnixSeconds } from '../../core/facts.js';
import type { ChainHead, ChainRow } from './chain.js';

/** Rows of one statement: about 2 MB. */
const PAGE = 2000;

const READ_PAGE = `
  SELECT sequence, entry, encode(previous_hash, 'hex') AS "previousHash", encode(hash, 'hex') AS hash,
    to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS at
  FROM audit_entry
  WHERE sequence > $1 AND ($2::float8 IS NULL OR at >= to_timestamp($2))
  ORDER BY sequence
  LIMIT ${PAGE}`;

const READ_HEAD = `SELECT sequence, encode(hash, 'hex') AS hash FROM audit_head`;

/** Streams the chain, or its entries from a time on, in order; memory is bounded by one page. */
export async function* readAudit(
  connection: Pick<Queryable, 'query'>,
  since: UnixSeconds | null = null,
): AsyncGenerator<ChainRow, void, undefined> {
  let after = 0;
  for (;;) {
    const page = await connection.query<ChainRow & Record<string, unknown>>(READ_PAGE, [after, since]);
    yield* page;
    if (page.length < PAGE) return;
    after = page.at(-1)!.sequence;
  }
}

/** Where the chain ends, as its writers keep it; null when that row is gone. */
export async function readAuditHead(connection: Pick<Queryable, 'query'>): Promise<ChainHead | null> {
  const [head] = await connection.query<{ sequence: number; hash: string }>(READ_HEAD);
  return head ?? null;
}
