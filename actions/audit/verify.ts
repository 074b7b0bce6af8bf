import type { Database } from '../../core/database/port.js';
import { breakAt, CHAIN_START, type ChainBreak, type ChainHead, type ChainRow } from './chain.js';
import { readAudit, readAuditHead } from './read.js';

export interface Verification {
  /** Rows that were looked at, up to the first that does not hold. */
  readonly entries: number;
  /** The last row that holds: kept elsewhere, it later shows that nothing up to here was rewritten. */
  readonly head: ChainHead;
  /** Null when the chain is intact. */
  readonly firstBreak: ChainBreak | null;
}

export interface VerifyOptions {
  /** Ends of the chain known from elsewhere, each of which it has to pass. */
  readonly known?: readonly ChainHead[];
  /** What the first row has to follow, taken at its word; the start of the chain unless given. */
  readonly from?: ChainHead;
}

/** Follows the chain row by row to the first break; memory does not grow with its length. */
export async function verifyChain(
  rows: AsyncIterable<ChainRow> | Iterable<ChainRow>,
  { known = [], from = CHAIN_START }: VerifyOptions = {},
): Promise<Verification> {
  const earliest = Math.min(...known.map(({ sequence }) => sequence));
  if (earliest < from.sequence) {
    const message = `rows ${earliest + 1} to ${from.sequence} are missing, so that a known end cannot be compared`;
    return { entries: 0, head: from, firstBreak: { sequence: earliest + 1, problem: 'missing', message } };
  }
  let head = from;
  let entries = 0;
  const differs = (at: ChainHead): ChainBreak | null => {
    if (known.every(({ sequence, hash }) => sequence !== at.sequence || hash === at.hash)) return null;
    const message = `row ${at.sequence} is not the one that was known: something up to it was rewritten`;
    return { sequence: at.sequence, problem: 'head_differs', message };
  };
  const atStart = differs(from);
  if (atStart !== null) return { entries, head, firstBreak: atStart };
  for await (const row of rows) {
    entries++;
    const firstBreak = breakAt(head, row) ?? differs(row);
    if (firstBreak !== null) return { entries, head, firstBreak };
    head = { sequence: row.sequence, hash: row.hash };
  }
  const furthest = Math.max(...known.map(({ sequence }) => sequence), 0);
  if (furthest > head.sequence) {
    const message = `rows ${head.sequence + 1} to ${furthest} are missing: the chain ends before one of its known ends`;
    return { entries, head, firstBreak: { sequence: head.sequence + 1, problem: 'missing', message } };
  }
  return { entries, head, firstBreak: null };
}

/**
 * Verifies the table, in one snapshot of it, against the end that its writers keep and others known from elsewhere.
 */
export function verifyAudit(
  database: Pick<Database, 'transaction'>,
  known: readonly ChainHead[] = [],
): Promise<Verification> {
  return database.transaction(async (connection) => {
    await connection.execute('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY');
    const kept = await readAuditHead(connection);
    const found = await verifyChain(readAudit(connection), {
      known: kept === null ? known : [...known, kept],
    });
    if (found.firstBreak !== null) return found;
    const { sequence } = found.head;
    if (kept !== null && kept.sequence === sequence) return found;
    const message =
      kept === null
        ? 'the row of audit_head is gone, so that rows cut off the end would not be missed'
        : `row ${kept.sequence + 1} lies beyond the end that the writers of the chain keep`;
    const at = kept === null ? sequence : kept.sequence + 1;
    return { ...found, firstBreak: { sequence: at, problem: 'beyond_head', message } };
  });
}
