import type { Readable, Writable } from 'node:stream';
import type pg from 'pg';
import { from as copyFromStream, to as copyToStream } from 'pg-copy-streams';
import { statementError, type ConnectionTarget } from './connection-errors.js';
import { socketOf } from './driver-client.js';
import type { Queryable, Row, SqlValue } from './port.js';

type Result = pg.QueryResult<Row>;

/** A text of several statements yields one result each; the last one's rows and the sum of the counts are of interest. */
async function run(
  client: pg.ClientBase,
  target: ConnectionTarget,
  sql: string,
  parameters: readonly SqlValue[] | undefined,
): Promise<Result[]> {
  try {
    const result: Result | Result[] =
      parameters === undefined || parameters.length === 0
        ? await client.query<Row>(sql)
        : await client.query<Row>(sql, parameters as unknown[]);
    return Array.isArray(result) ? result : [result];
  } catch (error) {
    throw statementError(error, target);
  }
}

/** {@link Queryable.query} on one driver connection. */
export async function queryOn<R extends Row>(
  client: pg.ClientBase,
  target: ConnectionTarget,
  sql: string,
  parameters?: readonly SqlValue[],
): Promise<R[]> {
  const results = await run(client, target, sql, parameters);
  return (results.at(-1)?.rows ?? []) as R[];
}

/** {@link Queryable.execute} on one driver connection. */
export async function executeOn(
  client: pg.ClientBase,
  target: ConnectionTarget,
  sql: string,
  parameters?: readonly SqlValue[],
): Promise<number> {
  const results = await run(client, target, sql, parameters);
  return results.reduce((sum, result) => sum + (result.rowCount ?? 0), 0);
}

/** One held connection, which also knows whether a COPY on it is still open. */
export class HeldConnection implements Queryable {
  readonly #client: pg.ClientBase;
  readonly #target: ConnectionTarget;
  readonly #openCopies = new Set<Readable | Writable>();
  readonly #copyErrors = new WeakSet<Error>();

  constructor(client: pg.ClientBase, target: ConnectionTarget) {
    this.#client = client;
    this.#target = target;
  }

  /** True while a COPY is unfinished: any further statement would wait behind it for ever. */
  get hasOpenCopy(): boolean {
    return this.#openCopies.size > 0;
  }

  /**
   * What a failure of the work on this connection means: a COPY hears of a lost connection from the server or from its
   * socket, whichever is first, and both become `database_unavailable`.
   */
  explain(error: unknown): unknown {
    return error instanceof Error && this.#copyErrors.has(error)
      ? statementError(error, this.#target)
      : error;
  }

  query<R extends Row = Row>(sql: string, parameters?: readonly SqlValue[]): Promise<R[]> {
    return queryOn<R>(this.#client, this.#target, sql, parameters);
  }

  execute(sql: string, parameters?: readonly SqlValue[]): Promise<number> {
    return executeOn(this.#client, this.#target, sql, parameters);
  }

  copyFrom(sql: string): Writable {
    const stream = this.#client.query(copyFromStream(sql));
    stream.once('finish', () => this.#openCopies.delete(stream));
    // When it is destroyed the server is told to give up, and what follows waits only for that.
    return this.#track(stream, () => undefined);
  }

  copyTo(sql: string): Readable {
    const stream = this.#client.query(copyToStream(sql));
    stream.once('end', () => this.#openCopies.delete(stream));
    // PostgreSQL knows no way to give up half way but to close the connection.
    return this.#track(stream, () => socketOf(this.#client).destroy());
  }

  #track<S extends Readable | Writable>(stream: S, onGivenUp: () => void): S {
    this.#openCopies.add(stream);
    stream.once('close', () => {
      if (this.#openCopies.delete(stream)) onGivenUp();
    });
    // The driver's stream reports an error without closing itself, and a write after that throws inside the socket's
    // handler. Closing it here makes later writes fail in the ordinary way, and with the error, so that whoever comes to
    // read only now learns of it too; the listener stays, since closing reports again.
    stream.on('error', (error) => {
      this.#copyErrors.add(error);
      this.#openCopies.delete(stream);
      stream.destroy(error);
    });
    return stream;
  }
}
