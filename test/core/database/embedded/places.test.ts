import { chown, mkdir, readFile, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { copyCheckout, listFiles, makeScratch } from '../../../support/checkout-copy.js';
import { DatabaseChild, type ChildOptions } from '../../../support/database-child.js';

const root = process.getuid?.() === 0;
/** Some user who is not root and owns nothing here. */
const NOBODY = 65_534;

let scratch: string;
let checkout: string;
const children: DatabaseChild[] = [];
const outside: string[] = [];

beforeAll(async () => {
  scratch = await makeScratch();
  checkout = join(scratch, 'checkout');
  await mkdir(checkout);
  await copyCheckout(checkout);
});

afterEach(async () => {
  for (const child of children.splice(0)) if (!child.hasEnded) await child.kill();
});

afterAll(async () => {
  for (const folder of [scratch, ...outside]) await rm(folder, { recursive: true, force: true });
});

function start(options: Partial<ChildOptions> = {}): DatabaseChild {
  const child = new DatabaseChild({ checkout, ...options });
  children.push(child);
  return child;
}

/** Opens, writes, closes; opens again, reads, closes. Returns the folder of the server and the user that ran it. */
async function writeAndRead(
  dataDir: string,
  options: Partial<ChildOptions> = {},
): Promise<{ folder: string; serverUid: number }> {
  const child = await start(options).open(dataDir);
  await child.query("INSERT INTO collection_state VALUES ('d', 's', 'x', '{}')");
  await child.ask({ do: 'close' });
  await child.open(dataDir);
  expect(await child.query('SELECT deployment FROM collection_state')).toEqual([{ deployment: 'd' }]);
  const [place] = await child.query("SELECT current_setting('data_directory') AS data");
  const data = String(place?.['data']);
  const pid = Number((await readFile(join(data, 'postmaster.pid'), 'utf8')).split('\n')[0]);
  const serverUid = process.platform === 'linux' ? (await stat(`/proc/${pid}`)).uid : (await stat(data)).uid;
  await child.close();
  // The last to leave has stopped the server, and nobody has said anything.
  await expect(stat(join(data, 'postmaster.pid'))).rejects.toThrow('ENOENT');
  expect(child.output).toBe('');
  return { folder: join(data, '..'), serverUid };
}

async function privateFolder(name: string, owner?: number): Promise<string> {
  const folder = join(scratch, name);
  await mkdir(folder, { mode: 0o700 });
  if (owner !== undefined) await chown(folder, owner, owner);
  return folder;
}

describe('an ordinary user', () => {
  const user: Partial<ChildOptions> = root ? { uid: NOBODY } : {};
  const uid = root ? NOBODY : (process.getuid?.() ?? 0);

  it('runs the server itself, whatever the path looks like', async () => {
    const home = await privateFolder('home', root ? NOBODY : undefined);
    const dataDir = join(home, `a long päth with "quotes", 'spaces' and $signs ${'x'.repeat(100)}`, 'orc');
    const { folder, serverUid } = await writeAndRead(dataDir, user);
    expect(serverUid).toBe(uid);
    expect(folder).toBe(join(dataDir, 'postgresql'));
    expect((await stat(dataDir)).mode & 0o777).toBe(0o700);
    expect((await stat(join(folder, 'password'))).mode & 0o777).toBe(0o600);
    expect((await stat(join(folder, 'data'))).mode & 0o777).toBe(0o700);
    // The installed package is used as it is.
    expect((await readdir(folder)).sort()).toEqual(['data', 'password', 'server.log']);
  });

  it('copies the programs when the install script of their package was blocked', async () => {
    const blocked = join(scratch, 'blocked');
    await mkdir(blocked);
    await copyCheckout(blocked, { scriptsBlocked: true });
    const before = await listFiles(join(blocked, 'node_modules'));
    const home = await privateFolder('blocked-home', root ? NOBODY : undefined);
    const { folder } = await writeAndRead(join(home, 'orc'), { ...user, checkout: blocked });
    expect((await readdir(folder)).some((name) => name.startsWith('runtime-'))).toBe(true);
    expect(await listFiles(join(blocked, 'node_modules'))).toEqual(before);
  });

  it.runIf(root)('is told which folder it may not write', async () => {
    const dataDir = await privateFolder('of-root');
    expect(await start(user).ask({ do: 'open', dataDir })).toMatchObject({
      ok: false,
      code: 'config_invalid',
      message: `Data directory ${dataDir} cannot be written by user id ${NOBODY}`,
    });
  });
});

describe.runIf(root)('root', () => {
  it('runs the server as another user, in the data directory', async () => {
    const dataDir = join(scratch, 'root', 'orc');
    const { folder, serverUid } = await writeAndRead(dataDir);
    expect(serverUid).toBeGreaterThan(0);
    expect(folder).toBe(join(dataDir, 'postgresql'));
    expect((await stat(join(folder, 'data'))).mode & 0o777).toBe(0o700);
    expect((await stat(join(folder, 'password'))).mode & 0o777).toBe(0o600);
  });

  it('keeps the database elsewhere when the data directory is below a folder that only root may enter', async () => {
    const dataDir = join(await privateFolder('closed'), 'deep', 'orc');
    const { folder, serverUid } = await writeAndRead(dataDir);
    outside.push(folder);
    expect(serverUid).toBeGreaterThan(0);
    expect(folder.startsWith(scratch)).toBe(false);
    expect((await readFile(join(dataDir, 'postgresql-location'), 'utf8')).trim()).toBe(folder);
    await rm(folder, { recursive: true });
    expect(await start().ask({ do: 'open', dataDir })).toMatchObject({
      code: 'database_unavailable',
      message: `The database of ${dataDir} is kept in ${folder}, which is missing`,
    });
  });

  it.each(['open to all', 'below it too, and install scripts blocked'])(
    'copies the programs when the checkout is below such a folder: data directory %s',
    async (kind) => {
      const open = kind === 'open to all';
      const below = join(await privateFolder(`checkout-${open}`), 'checkout');
      await mkdir(below);
      await copyCheckout(below, { scriptsBlocked: !open });
      const dataDir = open ? join(scratch, 'data-open') : join(below, '.orc');
      const { folder } = await writeAndRead(dataDir, { checkout: below });
      if (!open) outside.push(folder);
      expect(folder.startsWith(dataDir)).toBe(open);
      expect((await readdir(folder)).some((name) => name.startsWith('runtime-'))).toBe(true);
    },
  );

  it("runs an ordinary user's database as that user", async () => {
    const home = await privateFolder('shared-home', NOBODY);
    const dataDir = join(home, 'orc');
    await (await start({ uid: NOBODY }).open(dataDir)).close();
    expect((await writeAndRead(dataDir)).serverUid).toBe(NOBODY);
    // And that user still can.
    await (await start({ uid: NOBODY }).open(dataDir)).close();
  });
});
