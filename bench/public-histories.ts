/** The public run histories beside the project; benchmarks leave out those that are not there. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = '/work/shared/datasets';
const NAMES = ['ufs_runs', 'digital_land', 'ufs_tasks'] as const;

export interface PublicHistory {
  readonly name: (typeof NAMES)[number];
  readonly path: string;
}

/** Those that are there, the smallest first. */
export function publicHistories(): PublicHistory[] {
  return NAMES.map((name) => ({ name, path: join(FOLDER, `${name}.csv.gz`) })).filter(({ path }) =>
    existsSync(path),
  );
}

/** One of them, null where it is not there. */
export function publicHistory(wanted: PublicHistory['name']): PublicHistory | null {
  return publicHistories().find(({ name }) => name === wanted) ?? null;
}
