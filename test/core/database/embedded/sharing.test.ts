import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { isPostgres } from '../../../../core/database/embedded/postmaster.js';
import { openDatabase } from '../../../../core/database/open.js';
import { silentLogger } from '../../../../core/logger.js';
import { copyCheckout, makeScratch } from '../../../support/checkout-copy.js';
import { DatabaseChild } from '../../../support/database-child.js';

let scratch: string;
let checkout: string;
const children: DatabaseChild[] = [];
const used: string[] = [];

beforeAll(async () => {
  scratch = await makeScratch();
  checkout = join(scratch, 'checkout');
  await mkdir(checkout);
  await copyCheckout(checkout);
});

afterEach(async () => {
  for (const child of children.splice(0)) if (!child.hasEnded) await child.kill();
  // Whatever a failed test left running is joined, and stopped by leaving.
  for (const dataDir of used.splice(0)) {
    if (!existsSync(lockFile(dataDir))) continue;
    const database = await openDatabase({ databaseUrl: null, dataDir, logger: silentLogger() });
    await database.close();
  }
});

afterAll(() => rm(scratch, { recursive: true, force: true }));

function start(): DatabaseChild {
  const child = new DatabaseChild({ checkout });
  children.push(child);
  return child;
}

function newDataDir(name: string): string {
  const dataDir = join(scratch, name);
  used.push(dataDir);
  return dataDir;
}

const lockFile = (dataDir: string): string => join(dataDir, 'postgresql/data/postmaster.pid');

async function serverPid(dataDir: string): Promise<number> {
  return Number((await readFile(lockFile(dataDir), 'utf8')).split('\n')[0]);
}

/** Commits on disk even if the server itself is killed in the next moment. */
const DURABLE_INSERT = `SET synchronous_commit = on;
  INSERT INTO collection_state VALUES ('kept', 's', 'x', '{}')`;
const COUNT = 'SELECT count(*) FROM collection_state';

describe('processes on one data directory', () => {
  it('join the running server, and the last one stops it, whoever started it', async () => {
    const dataDir = newDataDir('join');
    const owner = await start().open(dataDir);
    const pid = await serverPid(dataDir);
    const second = await start().open(dataDir);
    await second.query(DURABLE_INSERT);
    expect(await owner.query(COUNT)).toEqual([{ count: 1 }]);
    expect(await serverPid(dataDir)).toBe(pid);
    await owner.close();
    expect(await second.query(COUNT)).toEqual([{ count: 1 }]);
    await second.close();
    await expect(stat(lockFile(dataDir))).rejects.toThrow('ENOENT');
  });

  it('agree on one server when they start at once on an empty directory', async () => {
    const dataDir = newDataDir('race');
    const all = await Promise.all([1, 2, 3].map(() => start().open(dataDir)));
    const pid = await serverPid(dataDir);
    const rows = await Promise.all(
      all.map((child) => child.query('SELECT pg_postmaster_start_time()::text AS t')),
    );
    expect(new Set(rows.map(([row]) => row?.['t'])).size).toBe(1);
    await all[0]?.query(DURABLE_INSERT);
    expect(await all[2]?.query(COUNT)).toEqual([{ count: 1 }]);
    // All leave at once: exactly one of them stops the server.
    await Promise.all(all.map((child) => child.close()));
    expect(await isPostgres(pid)).toBe(false);
    await expect(stat(lockFile(dataDir))).rejects.toThrow('ENOENT');
  });

  it('come and go at once without cutting each other off', async () => {
    const dataDir = newDataDir('come-and-go');
    await (await start().open(dataDir)).close();
    const visit = async (): Promise<void> => {
      for (let round = 0; round < 5; round += 1) {
        const database = await openDatabase({ databaseUrl: null, dataDir, logger: silentLogger() });
        expect(await database.query(COUNT)).toEqual([{ count: 0 }]);
        await database.close();
      }
    };
    await Promise.all([visit(), visit(), visit()]);
    await expect(stat(lockFile(dataDir))).rejects.toThrow('ENOENT');
  });

  it('wait for a server whose lock file is just being written', async () => {
    const dataDir = newDataDir('lock-in-writing');
    await (await start().open(dataDir)).close();
    await writeFile(lockFile(dataDir), '');
    const opened = start().open(dataDir);
    const log = join(dataDir, 'postgresql/server.log');
    await expect.poll(() => readFile(log, 'utf8'), { timeout: 60_000 }).toContain('is empty');
    await rm(lockFile(dataDir));
    const database = await opened;
    expect(await database.query(COUNT)).toEqual([{ count: 0 }]);
    await database.close();
  });

  it('keeps other users of the machine out', async () => {
    const dataDir = newDataDir('locked');
    const owner = await start().open(dataDir);
    const port = Number((await readFile(lockFile(dataDir), 'utf8')).split('\n')[3]);
    for (const password of ['', 'orc', 'postgres']) {
      const client = new pg.Client({ host: '127.0.0.1', port, user: 'orc', password, database: 'orc' });
      client.on('error', () => undefined);
      await expect(client.connect()).rejects.toThrow(/password/);
      (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
    }
    const [row] = await owner.query(
      "SELECT current_setting('listen_addresses') AS addresses, current_setting('unix_socket_directories') AS sockets",
    );
    expect(row).toEqual({ addresses: '127.0.0.1', sockets: '' });
    await owner.close();
  });
});

describe('after a crash', () => {
  it('finds the server that a killed owner left running, with all that was committed', async () => {
    const dataDir = newDataDir('killed-owner');
    const owner = await start().open(dataDir);
    await owner.query("INSERT INTO collection_state VALUES ('kept', 's', 'x', '{}')");
    const pid = await serverPid(dataDir);
    await owner.kill();
    const next = await start().open(dataDir);
    expect(await serverPid(dataDir)).toBe(pid);
    expect(await next.query(COUNT)).toEqual([{ count: 1 }]);
    await next.close();
    await expect(stat(lockFile(dataDir))).rejects.toThrow('ENOENT');
  });

  it('starts again when the server was killed too', async () => {
    const dataDir = newDataDir('killed-server');
    const owner = await start().open(dataDir);
    await owner.query(DURABLE_INSERT);
    const pid = await serverPid(dataDir);
    await owner.kill();
    process.kill(pid, 'SIGKILL');
    const next = await start().open(dataDir);
    expect(await serverPid(dataDir)).not.toBe(pid);
    expect(await next.query(COUNT)).toEqual([{ count: 1 }]);
    await next.close();
  });

  it('is not misled by a lock file whose process id belongs to another program now', async () => {
    const dataDir = newDataDir('reused-pid');
    const first = await start().open(dataDir);
    const text = await readFile(lockFile(dataDir), 'utf8');
    const pid = await serverPid(dataDir);
    await first.query(DURABLE_INSERT);
    await first.kill();
    process.kill(pid, 'SIGKILL');
    await expect.poll(() => isPostgres(pid)).toBe(false);
    await writeFile(lockFile(dataDir), text.replace(String(pid), String(process.pid)));
    const second = await start().open(dataDir);
    expect(await second.query(COUNT)).toEqual([{ count: 1 }]);
    await second.close();
  });

  it('brings a server back that someone stopped, at the same address', async () => {
    const dataDir = newDataDir('stopped');
    const child = await start().open(dataDir);
    await child.query(DURABLE_INSERT);
    const pid = await serverPid(dataDir);
    process.kill(pid, 'SIGINT');
    await expect.poll(() => serverPid(dataDir).catch(() => pid), { timeout: 20_000 }).not.toBe(pid);
    await expect
      .poll(() => child.query(COUNT).catch(() => null), { timeout: 20_000 })
      .toEqual([{ count: 1 }]);
    // It holds on to the new one as it did to the old one.
    const other = await start().open(dataDir);
    await other.close();
    expect(await child.query(COUNT)).toEqual([{ count: 1 }]);
    await child.close();
    await expect(stat(lockFile(dataDir))).rejects.toThrow('ENOENT');
  });
});
