import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createRecorder } from '../../../cli/checks/check.js';
import { checkDatabase, checkDataDir, judgeFreeDisk } from '../../../cli/checks/storage.js';
import { loadConfig } from '../../../core/config/load.js';
import { silentLogger } from '../../../core/logger.js';
import { createToken } from '../../../serving/index.js';
import { emptyDatabase, temporaryDatabase } from '../../support/database.js';

const directory = mkdtempSync(join(tmpdir(), 'orc-check-'));
afterAll(() => {
  rmSync(directory, { recursive: true });
});

const configOf = (flags: Record<string, unknown>) =>
  loadConfig({ configPath: null, scope: 'general', environment: {}, flags });

async function database(url: string) {
  const { checks, record } = createRecorder(null, () => undefined);
  const found = await checkDatabase(
    { config: configOf({ database_url: url }), logger: silentLogger(), clock: () => 0 },
    record,
  );
  return { checks, ...found };
}

describe('checkDataDir', () => {
  it('leaves a folder as it found it', async () => {
    const { checks, record } = createRecorder(null, () => undefined);
    expect(await checkDataDir(configOf({ data_dir: join(directory, 'new') }), record)).toBe(true);
    expect(checks.map(({ name }) => name)).toEqual(['data_dir', 'free_disk']);
    expect(checks[0]).toMatchObject({ status: 'ok' });
    expect(readdirSync(join(directory, 'new'))).toEqual([]);
  });

  it('names a file that stands where the folder should', async () => {
    writeFileSync(join(directory, 'file'), '');
    const { checks, record } = createRecorder(null, () => undefined);
    expect(await checkDataDir(configOf({ data_dir: join(directory, 'file') }), record)).toBe(false);
    expect(checks[0]).toMatchObject({
      status: 'failed',
      found: expect.stringContaining('is not a folder') as string,
      fix: expect.stringContaining('--data-dir') as string,
    });
    expect(checks[1]).toMatchObject({ name: 'free_disk', status: 'skipped' });
  });

  it.each([
    [100 * 2 ** 20, 'failed'],
    [2 ** 30, 'warning'],
    [50 * 2 ** 30, 'ok'],
  ])('judges %d free bytes as %s', (bytes, status) => {
    expect(judgeFreeDisk(bytes, '/d')).toMatchObject({ status });
  });
});

describe('checkDatabase', () => {
  it('tells version and schema, counts tokens, and leaves nothing behind', async () => {
    const store = await temporaryDatabase();
    try {
      await createToken(store.database, { name: 'p', role: 'viewer', expiresAt: null });
      const tables = () => store.database.query('SELECT relname FROM pg_class ORDER BY 1');
      const before = await tables();
      const { checks, usableTokens } = await database(store.url);
      expect(checks).toMatchObject([
        { name: 'database', status: 'ok', found: expect.stringMatching(/^PostgreSQL \d+/) as string },
        { name: 'database_schema', status: 'ok', found: expect.stringContaining('up to date') as string },
      ]);
      expect(usableTokens).toBe(1);
      expect(await tables()).toEqual(before);
    } finally {
      await store.drop();
    }
  });

  it('names a user who may not create tables, with the statement that allows it', async () => {
    const store = await emptyDatabase();
    const user = `u${new URL(store.url).pathname.slice(-12)}`;
    try {
      await store.database.execute(`CREATE ROLE ${user} LOGIN PASSWORD 'p'`);
      const url = new URL(store.url);
      url.username = user;
      url.password = 'p';
      const refused = await database(url.href);
      expect(refused.checks[1]).toMatchObject({
        name: 'database_schema',
        status: 'failed',
        fix: expect.stringContaining(`GRANT ALL ON SCHEMA "public" TO "${user}"`) as string,
      });
      const [grant] = /GRANT ALL [^;]+;/.exec(refused.checks[1]!.fix!)!;
      await store.database.execute(grant);
      expect((await database(url.href)).checks[1]).toMatchObject({
        status: 'ok',
        found: expect.stringContaining('empty, made at first use') as string,
      });
      url.password = 'wrong';
      expect((await database(url.href)).checks[0]).toMatchObject({ name: 'database', status: 'failed' });
    } finally {
      await store.database.execute(`DROP OWNED BY ${user}; DROP ROLE ${user}`);
      await store.drop();
    }
  });
});
