import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AppError } from '../errors.js';

export interface Migration {
  /** 1, 2, 3, ... without a gap. */
  readonly number: number;
  /** File name, such as `0001_create_fact_log.sql`. */
  readonly name: string;
  readonly sql: string;
  /** Of the text with LF line ends, in hex. */
  readonly sha256: string;
}

/** The folder of SQL files beside this module, in the sources and in `dist`. */
export const MIGRATION_FOLDER = fileURLToPath(new URL('./migrations/', import.meta.url));

const FILE_NAME = /^(\d{4})_[a-z0-9]+(_[a-z0-9]+)*\.sql$/;

/**
 * Reads `0001_verb_noun.sql`, `0002_...` in order.
 *
 * @throws AppError `internal` when a file is misnamed or a number is missing or used twice.
 */
export async function readMigrations(folder: string = MIGRATION_FOLDER): Promise<Migration[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort();
  return Promise.all(
    names.map(async (name, index) => {
      const number = Number(FILE_NAME.exec(name)?.[1]);
      if (number !== index + 1) {
        throw new AppError(
          'internal',
          `Migration file ${join(folder, name)} stands where number ${index + 1} is expected; ` +
            'names are 0001_verb_noun.sql, 0002_verb_noun.sql, without a gap',
        );
      }
      const sql = (await readFile(join(folder, name), 'utf8')).replaceAll('\r\n', '\n');
      return { number, name, sql, sha256: createHash('sha256').update(sql).digest('hex') };
    }),
  );
}
