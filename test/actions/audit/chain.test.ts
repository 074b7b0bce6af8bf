import { describe, expect, it } from 'vitest';
import { chainHash, CHAIN_START, entryText, type ChainRow } from '../../../actions/audit/chain.js';
import { fromJsonLines, toJsonLine } from '../../../actions/audit/json-lines.js';
import { verifyChain } from '../../../actions/audit/verify.js';
import { auditEntry } from './entries.js';

function chain(length: number): ChainRow[] {
  const rows: ChainRow[] = [];
  for (let n = 1; n <= length; n++) {
    const previousHash = rows.at(-1)?.hash ?? CHAIN_START.hash;
    const entry = entryText(auditEntry(n));
    rows.push({ sequence: n, entry, previousHash, hash: chainHash(previousHash, entry), at: null });
  }
  return rows;
}
/** The rows from one on, chained anew behind the one before it. */
function rechained(rows: readonly ChainRow[], from: number): ChainRow[] {
  const result = rows.slice(0, from - 1);
  for (const row of rows.slice(from - 1)) {
    const previousHash = result.at(-1)?.hash ?? CHAIN_START.hash;
    result.push({ ...row, previousHash, hash: chainHash(previousHash, row.entry) });
  }
  return result;
}
const headOf = ({ sequence, hash }: ChainRow) => ({ sequence, hash });
const changed = (row: ChainRow): ChainRow => ({ ...row, entry: row.entry.replace('approve', 'reject') });

describe('chainHash', () => {
  it('is SHA-256 over the bytes of the previous hash and the entry', () => {
    // (head -c 32 /dev/zero; printf '{"a":"é"}') | sha256sum
    expect(chainHash(CHAIN_START.hash, '{"a":"é"}')).toBe(
      '85ab8b1a9f7b59ae2404b4b64df61f194458077529205b5baa0ed451d2301407',
    );
  });
});

describe('verifyChain', () => {
  it('holds for what was chained, and tells its end', async () => {
    expect(await verifyChain([])).toEqual({ entries: 0, head: CHAIN_START, firstBreak: null });
    const rows = chain(20);
    expect(await verifyChain(rows, { known: [headOf(rows[4]!), headOf(rows[19]!)] })).toEqual({
      entries: 20,
      head: headOf(rows[19]!),
      firstBreak: null,
    });
  });

  it.each([1, 7, 20])('names row %i when it was changed', async (n) => {
    const rows = chain(20).map((row) => (row.sequence === n ? changed(row) : row));
    const { firstBreak, head } = await verifyChain(rows);
    expect(firstBreak).toMatchObject({ sequence: n, problem: 'changed' });
    expect(head.sequence).toBe(n - 1);
  });

  it('names a row that was rewritten together with its hash', async () => {
    const rows = chain(20);
    const rewritten = rechained(rows.map((row) => (row.sequence === 7 ? changed(row) : row)).slice(0, 7), 7);
    const { firstBreak } = await verifyChain([...rewritten, ...rows.slice(7)]);
    expect(firstBreak).toMatchObject({ sequence: 7, problem: 'unlinked' });
  });

  it('names rows that were removed in the middle, also when those after them were chained and numbered anew', async () => {
    const rows = chain(20);
    const without = rows.filter(({ sequence }) => sequence !== 5 && sequence !== 6);
    expect((await verifyChain(without)).firstBreak).toMatchObject({
      sequence: 5,
      problem: 'missing',
      message: 'rows 5 to 6 are missing',
    });
    const renumbered = without.map((row, i) => ({ ...row, sequence: i + 1 }));
    expect((await verifyChain(renumbered)).firstBreak).toMatchObject({ problem: 'unlinked' });
    const forged = rechained(renumbered, 5);
    expect((await verifyChain(forged)).firstBreak).toBeNull();
    expect((await verifyChain(forged, { known: [headOf(rows[9]!)] })).firstBreak).toMatchObject({
      sequence: 10,
      problem: 'head_differs',
    });
  });

  it('misses rows at the end only by an end known from elsewhere', async () => {
    const rows = chain(20);
    expect((await verifyChain(rows.slice(0, 15))).firstBreak).toBeNull();
    const { firstBreak } = await verifyChain(rows.slice(0, 15), { known: [headOf(rows[19]!)] });
    expect(firstBreak).toMatchObject({ sequence: 16, problem: 'missing' });
  });

  it('compares every known end, also several of one row', async () => {
    const rows = chain(3);
    const known = [{ sequence: 3, hash: 'f'.repeat(64) }, headOf(rows[2]!)];
    expect((await verifyChain(rows, { known })).firstBreak).toMatchObject({ problem: 'head_differs' });
  });

  it('goes on from the middle, and says when a known end lies before that', async () => {
    const rows = chain(20);
    const from = headOf(rows[9]!);
    expect((await verifyChain(rows.slice(10), { from, known: [from] })).firstBreak).toBeNull();
    const earlier = await verifyChain(rows.slice(10), { from, known: [headOf(rows[3]!)] });
    expect(earlier.firstBreak).toMatchObject({ sequence: 5, problem: 'missing' });
  });

  it('refuses a row that comes twice', async () => {
    const rows = chain(5);
    const { firstBreak } = await verifyChain([...rows, rows[4]!]);
    expect(firstBreak).toMatchObject({ sequence: 5, problem: 'unlinked' });
  });

  it('refuses a time beside the entry that is not that of the entry', async () => {
    const [row] = chain(1);
    expect((await verifyChain([{ ...row!, at: '2026-11-26T00:00:01.000Z' }])).firstBreak).toBeNull();
    const { firstBreak } = await verifyChain([{ ...row!, at: '2025-11-26T00:00:01.000Z' }]);
    expect(firstBreak).toMatchObject({ sequence: 1, problem: 'changed' });
  });
});

describe('JSON lines', () => {
  it('carry the rows, whatever white space and order of keys they come back with', async () => {
    const rows = chain(4);
    const lines = rows.map((row) =>
      JSON.stringify(JSON.parse(toJsonLine(row)), null, 1).replaceAll('\n', ''),
    );
    const read: ChainRow[] = [];
    for await (const row of fromJsonLines([...lines, ''], 'audit.jsonl')) read.push(row);
    expect(read).toEqual(rows);
  });

  it.each(['{', '[]', '{"sequence":0,"entry":{},"previous_hash":"","hash":""}'])(
    'refuses %s with its place',
    async (line) => {
      const [row] = chain(1);
      const all = fromJsonLines([toJsonLine(row!), line], 'audit.jsonl');
      await all.next();
      await expect(all.next()).rejects.toThrow(/^audit\.jsonl, line 2, is no audit entry: expected/);
    },
  );
});
