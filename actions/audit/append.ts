import type { Queryable } from '../../core/database/port.js';
import type { AuditEntry, AuditSink } from '../audit-entry.js';
import { entryText, type ChainHead } from './chain.js';

/**
 * The row of the head stays locked until the transaction ends; a writer that waited for it goes on from its new content (READ
 * COMMITTED evaluates the update again), so that the chain stays a line without a lock beside it.
 */
const APPEND = `
  WITH head AS (
    UPDATE audit_head
    SET sequence = sequence + 1, previous_hash = hash, hash = sha256(hash || convert_to($1::text, 'UTF8'))
    RETURNING sequence, previous_hash, hash
  )
  INSERT INTO audit_entry (sequence, at, entry, previous_hash, hash)
  SELECT sequence, ($1::json ->> 'at')::timestamptz, $1, previous_hash, hash FROM head
  RETURNING sequence, encode(hash, 'hex') AS hash`;

/**
 * Appends an entry to the chain, within the caller's transaction; see {@link AuditSink}.
 * @returns where the chain ends with it
 */
export async function appendAudit(entry: AuditEntry, connection: Queryable): Promise<ChainHead> {
  const [head] = await connection.query<{ sequence: number; hash: string }>(APPEND, [entryText(entry)]);
  return head!;
}

/** Appends to the table `audit_entry`. */
export const auditLog: AuditSink = {
  append: async (entry, connection) => {
    await appendAudit(entry, connection);
  },
};
