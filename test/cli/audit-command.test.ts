import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { auditLog } from '../../actions/audit/index.js';
import { auditEntry } from '../actions/audit/entries.js';
import { temporaryDatabase, type TemporaryDatabase } from '../support/database.js';
import { runOrc } from '../support/orc.js';

const directory = mkdtempSync(join(tmpdir(), 'orc-audit-command-'));
let store: TemporaryDatabase;
const orc = (...args: string[]) => runOrc(args, { ORC_DATABASE_URL: store.url, ORC_LOG_LEVEL: 'error' });

beforeAll(async () => {
  store = await temporaryDatabase();
  for (const n of [1, 2, 3]) await store.database.transaction((on) => auditLog.append(auditEntry(n), on));
});
afterAll(async () => {
  await store.drop();
  rmSync(directory, { recursive: true });
});

async function head(): Promise<string> {
  const { stdout } = await orc('audit', 'verify', '--json');
  return (JSON.parse(stdout) as { head: string }).head;
}

describe('orc audit', () => {
  it('verifies and prints the end, which it later compares with', async () => {
    const { code, stdout } = await orc('audit', 'verify');
    expect(code).toBe(0);
    const [, end] = /^intact: 3 entries, the last of which is\n(3:[0-9a-f]{64})\n/.exec(stdout) ?? [];
    expect(end).toBe(await head());
    expect((await orc('audit', 'verify', '--head', end!)).code).toBe(0);
    const other = await orc('audit', 'verify', '--json', '--head', `2:${'0'.repeat(64)}`, '--head', end!);
    expect(other.code).toBe(1);
    expect(JSON.parse(other.stdout)).toMatchObject({
      intact: false,
      first_break: { sequence: 2, problem: 'head_differs' },
    });
  });

  it('refuses an end that is none', async () => {
    const { code, stderr } = await orc('audit', 'verify', '--head', '3:abc');
    expect(code).toBe(2);
    expect(stderr).toMatch(/expected what orc audit verify printed/);
  });

  it('exports lines that verify elsewhere, and an array with --json', async () => {
    const { code, stdout } = await orc('audit', 'export');
    expect(code).toBe(0);
    const lines = stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(3);
    expect(JSON.parse(lines[0]!)).toMatchObject({
      sequence: 1,
      entry: { who: 'token:anna', request_id: 'request-1' },
    });
    const file = join(directory, 'audit.jsonl');
    writeFileSync(file, stdout);
    const verified = await orc('audit', 'verify', '--file', file, '--head', await head());
    expect(verified).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^intact: 3 entries/) as string,
    });
    writeFileSync(file, stdout.replace('no. 2', 'no. 9'));
    const broken = await orc('audit', 'verify', '--file', file);
    expect(broken).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/^broken: row 2 was changed/) as string,
    });
    const array = await orc('audit', 'export', '--json');
    expect(JSON.parse(array.stdout)).toEqual(lines.map((line) => JSON.parse(line) as unknown));
  });

  it('exports from a time on, what verifies as a part', async () => {
    const { stdout } = await orc('audit', 'export', '--since', '2026-11-26T00:00:02Z');
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => (JSON.parse(line) as { sequence: number }).sequence),
    ).toEqual([2, 3]);
    const file = join(directory, 'part.jsonl');
    writeFileSync(file, stdout);
    expect((await orc('audit', 'verify', '--file', file, '--head', await head())).code).toBe(0);
    const none = await orc('audit', 'export', '--json', '--since', '2036-01-01T00:00:00Z');
    expect(JSON.parse(none.stdout)).toEqual([]);
  });

  it('names a file that cannot be read', async () => {
    const { code, stderr } = await orc('audit', 'verify', '--file', '/nowhere.jsonl');
    expect(code).toBe(1);
    expect(stderr).toMatch(/nowhere\.jsonl cannot be read/);
  });

  it('reports tampering with exit code 1', async () => {
    await store.database.execute('ALTER TABLE audit_entry DISABLE TRIGGER USER');
    await store.database.execute('DELETE FROM audit_entry WHERE sequence = 2');
    const { code, stdout } = await orc('audit', 'verify');
    expect(code).toBe(1);
    expect(stdout).toMatch(/^broken: row 2 is missing\nintact up to 1:/);
  });
});
