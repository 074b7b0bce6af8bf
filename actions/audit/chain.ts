/** The chain of hashes over audit entries: pure. */
import { createHash } from 'node:crypto';
import type { AuditEntry } from '../audit-entry.js';
import { canonicalJson } from './canonical-json.js';

/** A place in the chain; hashes are lower-case hex. */
export interface ChainHead {
  /** Entries up to here; 0 before the first. */
  readonly sequence: number;
  readonly hash: string;
}

/** One row of `audit_entry`. */
export interface ChainRow extends ChainHead {
  /** The canonical JSON that was hashed. */
  readonly entry: string;
  readonly previousHash: string;
  /** The column beside the entry, as in it; null where a row comes without it. */
  readonly at: string | null;
}

/** Where the first row that does not hold is, and how that shows. */
export interface ChainBreak {
  readonly sequence: number;
  readonly problem: 'missing' | 'changed' | 'unlinked' | 'beyond_head' | 'head_differs';
  readonly message: string;
}

export const CHAIN_START: ChainHead = { sequence: 0, hash: '0'.repeat(64) };

/** The text that is hashed and kept of an entry. */
export function entryText(entry: AuditEntry): string {
  const { at, requestId, ...rest } = entry;
  return canonicalJson({ ...rest, at: new Date(at * 1000).toISOString(), request_id: requestId });
}

/** SHA-256 over the bytes of the previous hash and then the entry, as hex. */
export function chainHash(previousHash: string, entry: string): string {
  return createHash('sha256').update(previousHash, 'hex').update(entry).digest('hex');
}

/** What is wrong with the row that should follow `previous`; null when it does. */
export function breakAt(previous: ChainHead, row: ChainRow): ChainBreak | null {
  const expected = previous.sequence + 1;
  if (row.sequence < expected) {
    const message = `row ${row.sequence} comes after row ${previous.sequence}`;
    return { sequence: row.sequence, problem: 'unlinked', message };
  }
  if (row.sequence > expected) {
    const until = row.sequence - 1;
    return {
      sequence: expected,
      problem: 'missing',
      message: `${until > expected ? `rows ${expected} to ${until} are` : `row ${expected} is`} missing`,
    };
  }
  const changed = (message: string): ChainBreak => ({ sequence: row.sequence, problem: 'changed', message });
  if (chainHash(row.previousHash, row.entry) !== row.hash)
    return changed(`row ${row.sequence} was changed: its hash is not that of its content`);
  if (row.previousHash !== previous.hash) {
    const message = `row ${row.sequence} follows another row ${previous.sequence} than the one that is there`;
    // The one before was rewritten together with its hash, or this one was put in.
    return { sequence: Math.max(previous.sequence, 1), problem: 'unlinked', message };
  }
  if (row.at !== null && row.at !== timeOf(row.entry))
    return changed(`row ${row.sequence} was changed: its time is not that of its entry`);
  return null;
}

function timeOf(entry: string): unknown {
  return (JSON.parse(entry) as { readonly at?: unknown }).at;
}
