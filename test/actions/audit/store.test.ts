import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  appendAudit,
  auditLog,
  CHAIN_START,
  readAudit,
  readAuditHead,
  verifyAudit,
  type ChainRow,
} from '../../../actions/audit/index.js';
import { entryText } from '../../../actions/audit/chain.js';
import { temporaryDatabase, type TemporaryDatabase } from '../../support/database.js';
import { auditEntry, START } from './entries.js';

let store: TemporaryDatabase;
beforeEach(async () => {
  store = await temporaryDatabase();
});
afterEach(() => store.drop());

async function append(...numbers: number[]): Promise<void> {
  for (const n of numbers) await store.database.transaction((on) => auditLog.append(auditEntry(n), on));
}

async function rows(since: number | null = null): Promise<ChainRow[]> {
  const all: ChainRow[] = [];
  for await (const row of readAudit(store.database, since)) all.push(row);
  return all;
}

/** What somebody can do who owns the tables. */
async function tamper(...statements: readonly string[]): Promise<void> {
  await store.database.transaction(async (on) => {
    for (const table of ['audit_entry', 'audit_head'])
      await on.execute(`ALTER TABLE ${table} DISABLE TRIGGER USER`);
    for (const statement of statements) await on.execute(statement);
    for (const table of ['audit_entry', 'audit_head'])
      await on.execute(`ALTER TABLE ${table} ENABLE TRIGGER USER`);
  });
}

describe('the audit trail', () => {
  it('keeps entries as they were hashed, and verifies', async () => {
    expect(await verifyAudit(store.database)).toEqual({ entries: 0, head: CHAIN_START, firstBreak: null });
    await append(1, 2, 3);
    expect((await rows()).map(({ entry }) => entry)).toEqual([1, 2, 3].map((n) => entryText(auditEntry(n))));
    expect(await verifyAudit(store.database)).toEqual({
      entries: 3,
      head: await readAuditHead(store.database),
      firstBreak: null,
    });
  });

  it('tells the entries from a time on', async () => {
    await append(1, 2, 3);
    expect((await rows(START + 2)).map(({ sequence }) => sequence)).toEqual([2, 3]);
  });

  it('reads more than a page', async () => {
    await store.database.transaction(async (on) => {
      for (let n = 1; n <= 4001; n++) await appendAudit(auditEntry(n), on);
    });
    expect(await rows()).toHaveLength(4001);
    expect(await verifyAudit(store.database)).toMatchObject({ entries: 4001, firstBreak: null });
  });

  it('has no entry of a transaction that failed', async () => {
    await append(1);
    const failed = store.database.transaction(async (on) => {
      await auditLog.append(auditEntry(2), on);
      throw new Error('the call was not recorded');
    });
    await expect(failed).rejects.toThrow('the call was not recorded');
    await append(3);
    expect(await verifyAudit(store.database)).toMatchObject({ entries: 2, firstBreak: null });
  });

  it('stays a line when several write at once', async () => {
    await Promise.all(
      Array.from({ length: 8 }, (_, writer) => append(...[1, 2, 3, 4, 5].map((n) => writer * 10 + n))),
    );
    expect(await verifyAudit(store.database)).toMatchObject({
      entries: 40,
      head: { sequence: 40 },
      firstBreak: null,
    });
  });

  it('takes text that PostgreSQL cannot hold as such', async () => {
    const entry = { ...auditEntry(1), why: 'a\0b\ud800', before: { '\0': [NaN, undefined] } };
    await store.database.transaction((on) => auditLog.append(entry, on));
    const [row] = await store.database.query<{ why: string }>(
      `SELECT entry::jsonb ->> 'why' AS why FROM audit_entry`,
    );
    expect(row).toEqual({ why: 'a\ufffdb\ufffd' });
    expect(await verifyAudit(store.database)).toMatchObject({ entries: 1, firstBreak: null });
  });

  it.each([
    [`UPDATE audit_entry SET entry = '{}'`, 'UPDATE on audit_entry'],
    ['DELETE FROM audit_entry WHERE sequence = 1', 'DELETE on audit_entry'],
    ['TRUNCATE audit_entry', 'TRUNCATE on audit_entry'],
    ['UPDATE audit_head SET sequence = 1', 'UPDATE on audit_head'],
    [`UPDATE audit_head SET sequence = sequence + 1`, 'UPDATE on audit_head'],
    ['DELETE FROM audit_head', 'DELETE on audit_head'],
    ['TRUNCATE audit_head', 'TRUNCATE on audit_head'],
  ])('refuses %s', async (statement, what) => {
    await append(1, 2);
    await expect(store.database.execute(statement)).rejects.toThrow(
      `${what} is refused: the audit trail is append-only`,
    );
    expect(await verifyAudit(store.database)).toMatchObject({ entries: 2, firstBreak: null });
  });
});

describe('verifyAudit', () => {
  beforeEach(() => append(1, 2, 3, 4, 5, 6));

  it.each([
    [
      'a changed entry',
      [`UPDATE audit_entry SET entry = replace(entry, 'orc', 'eve') WHERE sequence = 4`],
      { sequence: 4, problem: 'changed' },
    ],
    [
      'a changed hash',
      [`UPDATE audit_entry SET hash = sha256('x') WHERE sequence = 4`],
      { sequence: 4, problem: 'changed' },
    ],
    [
      'a changed time beside the entry, which would hide it from --since',
      [`UPDATE audit_entry SET at = at - interval '1 day' WHERE sequence = 4`],
      { sequence: 4, problem: 'changed' },
    ],
    [
      'an entry rewritten with a hash that fits',
      [
        `UPDATE audit_entry SET entry = '{}', hash = sha256(previous_hash || '{}'::bytea), at = 'epoch' WHERE sequence = 4`,
      ],
      { sequence: 4 },
    ],
    ['a removed row', ['DELETE FROM audit_entry WHERE sequence = 3'], { sequence: 3, problem: 'missing' }],
    [
      'a removed first row',
      ['DELETE FROM audit_entry WHERE sequence = 1'],
      { sequence: 1, problem: 'missing' },
    ],
    ['a removed end', ['DELETE FROM audit_entry WHERE sequence > 4'], { sequence: 5, problem: 'missing' }],
    ['everything removed', ['DELETE FROM audit_entry'], { sequence: 1, problem: 'missing' }],
    [
      'a row added beside the writers',
      [`INSERT INTO audit_entry SELECT 7, now(), '{}', hash, sha256(hash || '{}'::bytea) FROM audit_head`],
      { sequence: 7 },
    ],
    ['no kept end', ['DELETE FROM audit_head'], { sequence: 6, problem: 'beyond_head' }],
  ])('finds %s', async (_name, statements, expected) => {
    await tamper(...statements);
    expect((await verifyAudit(store.database)).firstBreak).toMatchObject(expected);
  });

  it('finds an end removed together with the kept end, and a chain written anew, only by an end kept elsewhere', async () => {
    const head = (await readAuditHead(store.database))!;
    await tamper(
      'DELETE FROM audit_entry WHERE sequence > 4',
      'UPDATE audit_head SET sequence = 4, previous_hash = e.previous_hash, hash = e.hash FROM audit_entry e WHERE e.sequence = 4',
    );
    expect((await verifyAudit(store.database)).firstBreak).toBeNull();
    expect((await verifyAudit(store.database, [head])).firstBreak).toMatchObject({
      sequence: 5,
      problem: 'missing',
    });
    await append(7, 8);
    expect((await verifyAudit(store.database)).firstBreak).toBeNull();
    expect((await verifyAudit(store.database, [head])).firstBreak).toMatchObject({
      sequence: 6,
      problem: 'head_differs',
    });
  });
});
