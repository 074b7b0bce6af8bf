/** What PostgreSQL alone can do with rows: the anchors of the benchmarks of reading and writing. */
import { createReadStream, createWriteStream } from 'node:fs';
import { finished, pipeline } from 'node:stream/promises';
import type { Database } from '../core/database/port.js';

/** Writes the rows of a table as `psql` would, for {@link copyIn}. */
export function exportRows(database: Database, table: string, path: string): Promise<void> {
  return database.session((connection) =>
    pipeline(connection.copyTo(`COPY ${table} TO STDOUT`), createWriteStream(path)),
  );
}

/** Seconds that it takes the way `psql` loads a file: one COPY of text, in one transaction. */
export async function copyIn(database: Database, table: string, path: string): Promise<number> {
  const [, seconds] = await timed(() =>
    database.transaction((connection) =>
      pipeline(
        createReadStream(path, { highWaterMark: 1 << 20 }),
        connection.copyFrom(`COPY ${table} FROM STDIN`),
      ),
    ),
  );
  return seconds;
}

/** Seconds of `COPY (select) TO STDOUT`, its text thrown away. */
export async function copyOut(database: Database, select: string): Promise<number> {
  const [, seconds] = await timed(() =>
    database.session(async (connection) => {
      const stream = connection.copyTo(`COPY (${select}) TO STDOUT`);
      stream.resume();
      await finished(stream);
    }),
  );
  return seconds;
}

export async function timed<T>(work: () => Promise<T>): Promise<[T, seconds: number]> {
  const start = performance.now();
  const result = await work();
  return [result, (performance.now() - start) / 1000];
}
