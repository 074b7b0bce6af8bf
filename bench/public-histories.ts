/** The public run histories beside the project; benchmarks leave out those that are not there. */
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';

const FOLDER = '/work/shared/datasets';
const NAMES = ['ufs_runs', 'digital_land', 'ufs_tasks'] as const;

export interface PublicHistory {
  readonly name: (typeof NAMES)[number];
  readonly path: string;
  /** With its extension. */
  readonly file: string;
}

/** Those that are there, the smallest first. */
export function publicHistories(): PublicHistory[] {
  return NAMES.map((name) => join(FOLDER, `${name}.csv.gz`))
    .map((path, k) => ({ name: NAMES[k]!, path, file: basename(path) }))
    .filter(({ path }) => existsSync(path));
}

/** One of them, null where it is not there. */
export function publicHistory(wanted: PublicHistory['name']): PublicHistory | null {
  return publicHistories().find(({ name }) => name === wanted) ?? null;
}
