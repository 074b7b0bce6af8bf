import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..');

/** Rows of the folder table in docs/architecture.md: folder -> folders it may import. */
function readImportRules(): Map<string, Set<string>> {
  const text = readFileSync(join(ROOT, 'docs/architecture.md'), 'utf8');
  const table = text.split(/\| folder +\| holds +\| may import +\|/)[1]!.split('\n\n')[0]!;
  const rows = table.split('\n').filter((line) => line.startsWith('|') && !line.startsWith('| ---'));
  return new Map(
    rows.map((row) => {
      const [, folder, , allowed] = row.split('|').map((cell) => cell.trim());
      return [
        folder!,
        new Set(
          allowed!
            .split(',')
            .map((name) => name.trim())
            .filter(Boolean),
        ),
      ];
    }),
  );
}

function sourceFiles(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name));
}

function importsOf(file: string): string[] {
  const text = readFileSync(join(ROOT, file), 'utf8');
  const found = text.matchAll(
    /(?:^|\n)\s*(?:import|export)\b[^'"]*?from\s+'(\.[^']+)'|import\('(\.[^']+)'\)/g,
  );
  return [...found].map((match) =>
    normalize(join(dirname(file), (match[1] ?? match[2])!)).replace(/\.js$/, '.ts'),
  );
}

const rules = readImportRules();

describe('import rules', () => {
  it('are read from the documentation', () => {
    expect([...rules.keys()]).toEqual(
      expect.arrayContaining(['core', 'collector', 'features', 'model', 'serving', 'cli']),
    );
    expect(rules.get('core')!.size).toBe(0);
  });

  it.each([...rules.keys()])('%s imports only what the table allows', (folder) => {
    const allowed = rules.get(folder)!;
    const broken = sourceFiles(folder).flatMap((file) =>
      importsOf(file)
        .map((target) => ({ file, target, top: target.split('/')[0]! }))
        .filter(({ top }) => top !== folder && !allowed.has(top))
        .map(({ target }) => `${file} -> ${target}`),
    );
    expect(broken).toEqual([]);
  });

  it('actions sees of the collector only the public face of its conversation with Airflow', () => {
    const targets = sourceFiles('actions')
      .flatMap(importsOf)
      .filter((target) => target.startsWith('collector/'));
    expect([...new Set(targets)]).toEqual(['collector/airflow/index.ts']);
  });

  it('every folder with TypeScript is in the table', () => {
    const folders = readdirSync(ROOT, { withFileTypes: true })
      .filter(
        (entry) =>
          entry.isDirectory() &&
          !entry.name.startsWith('.') &&
          !['node_modules', 'dist'].includes(entry.name),
      )
      .map((entry) => entry.name)
      .filter((name) => sourceFiles(name).length > 0);
    expect(folders.filter((name) => !rules.has(name))).toEqual([]);
  });

  it('has no cycles between files', () => {
    const files = [...rules.keys()].filter((folder) => folder !== 'test').flatMap(sourceFiles);
    const graph = new Map(files.map((file) => [file, importsOf(file)]));
    expect(findCycle(graph)).toBeNull();
  });
});

function findCycle(graph: ReadonlyMap<string, readonly string[]>): string | null {
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (file: string): string | null => {
    if (done.has(file)) return null;
    const at = path.indexOf(file);
    if (at >= 0) return [...path.slice(at), file].map((name) => relative('.', name)).join(' -> ');
    path.push(file);
    for (const next of graph.get(file) ?? []) {
      const cycle = visit(next);
      if (cycle !== null) return cycle;
    }
    path.pop();
    done.add(file);
    return null;
  };
  for (const file of graph.keys()) {
    const cycle = visit(file);
    if (cycle !== null) return cycle;
  }
  return null;
}
