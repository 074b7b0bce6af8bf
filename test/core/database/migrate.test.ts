import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { migrate } from '../../../core/database/migrate.js';
import { readMigrations, type Migration } from '../../../core/database/migration-files.js';
import { connect } from '../../../core/database/pool.js';
import type { Progress } from '../../../core/progress.js';
import { silentLogger } from '../../../core/logger.js';
import { emptyDatabase, type TemporaryDatabase } from '../../support/database.js';

const logger = silentLogger();
let temporary: TemporaryDatabase;
beforeEach(async () => {
  temporary = await emptyDatabase();
});
afterEach(() => temporary.drop());

function migration(number: number, sql: string): Migration {
  const sha256 = createHash('sha256').update(sql).digest('hex');
  return { number, name: `${String(number).padStart(4, '0')}_test.sql`, sql, sha256 };
}

const first = migration(1, 'CREATE TABLE one (id int); INSERT INTO one VALUES (1)');
const second = migration(2, 'CREATE TABLE two (id int)');

async function applied(): Promise<unknown[]> {
  return (await temporary.database.query('SELECT number FROM schema_migration ORDER BY number')).map(
    (row) => row['number'],
  );
}

describe('migrate', () => {
  it('applies the shipped migrations once, with progress', async () => {
    const shipped = await readMigrations();
    const seen: Progress[] = [];
    const options = { logger, onProgress: (progress: Progress) => seen.push(progress) };
    expect(await migrate(temporary.database, options)).toBe(shipped.length);
    expect(seen.at(-1)).toMatchObject({ done: shipped.length, total: shipped.length });
    expect(await migrate(temporary.database, options)).toBe(0);
    expect(await applied()).toEqual(shipped.map(({ number }) => number));
  });

  it('applies only what is new', async () => {
    const { database } = temporary;
    expect(await migrate(database, { logger, migrations: [first] })).toBe(1);
    expect(await migrate(database, { logger, migrations: [first, second] })).toBe(1);
    expect(await database.query('SELECT id FROM one')).toEqual([{ id: 1 }]);
  });

  it('lets processes that start at once take turns', async () => {
    const pools = await Promise.all(
      Array.from({ length: 4 }, () => connect(temporary.url, { logger, applicationName: 'migrate test' })),
    );
    const counts = await Promise.all(
      pools.map((pool) => migrate(pool, { logger, migrations: [first, second] })),
    );
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(2);
    expect(await temporary.database.query('SELECT id FROM one')).toEqual([{ id: 1 }]);
    await Promise.all(pools.map((pool) => pool.close()));
  });

  it('refuses a database of a newer version', async () => {
    await migrate(temporary.database, { logger, migrations: [first, second] });
    await expect(migrate(temporary.database, { logger, migrations: [first] })).rejects.toMatchObject({
      code: 'conflict',
      message:
        'The database was written by a newer version of ORC AI: it has migration 0002_test.sql, this version knows 1 migrations',
    });
  });

  it('refuses a migration that was changed after it was applied', async () => {
    await migrate(temporary.database, { logger, migrations: [first] });
    const changed = [migration(1, 'CREATE TABLE one (id bigint)'), second];
    await expect(migrate(temporary.database, { logger, migrations: changed })).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('Migration 0001_test.sql was applied') as string,
    });
    expect(await applied()).toEqual([1]);
  });

  it('leaves nothing of a migration that fails', async () => {
    const broken = migration(2, 'CREATE TABLE two (id int); SELECT 1/0');
    await expect(migrate(temporary.database, { logger, migrations: [first, broken] })).rejects.toThrow(
      'Migration 0002_test.sql failed: division by zero',
    );
    expect(await applied()).toEqual([1]);
    expect(await temporary.database.query("SELECT to_regclass('two') AS two")).toEqual([{ two: null }]);
    expect(await migrate(temporary.database, { logger, migrations: [first, second] })).toBe(1);
  });

  it('says that the user may not create tables', async () => {
    const { database } = temporary;
    const role = new URL(temporary.url).pathname.slice(1).replace('test', 'role');
    await database.execute(`CREATE ROLE ${role} LOGIN PASSWORD 'x'`);
    const url = new URL(temporary.url);
    url.username = role;
    url.password = 'x';
    const guest = await connect(url.href, { logger, applicationName: 'migrate test' });
    await expect(migrate(guest, { logger, migrations: [first] })).rejects.toMatchObject({
      code: 'database_unavailable',
      message: 'Creating the table schema_migration was refused: permission denied for schema public',
      fix: expect.stringContaining('grant it CREATE') as string,
    });
    await guest.close();
    await database.execute(`DROP ROLE ${role}`);
  });
});

describe('readMigrations', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'orc-migrations-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('gives the same fingerprint whatever the line ends', async () => {
    await writeFile(join(folder, '0001_a.sql'), 'SELECT 1;\nSELECT 2;\n');
    const [unix] = await readMigrations(folder);
    await writeFile(join(folder, '0001_a.sql'), 'SELECT 1;\r\nSELECT 2;\r\n');
    expect(await readMigrations(folder)).toEqual([unix]);
  });

  it.each([
    ['0001_a.sql', '0003_c.sql'],
    ['0001_a.sql', '0001_b.sql'],
    ['1_a.sql'],
    ['0001-a.sql'],
    ['0002_a.sql'],
  ])('refuses %s %s', async (...names) => {
    for (const name of names) if (name) await writeFile(join(folder, name), 'SELECT 1');
    await expect(readMigrations(folder)).rejects.toMatchObject({ code: 'internal' });
  });
});
