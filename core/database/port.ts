import type { Readable, Writable } from 'node:stream';

export type SqlValue = string | number | boolean | null | Buffer | Date | readonly SqlValue[];
export type Row = Record<string, unknown>;

/** What one connection can do. Values always travel as parameters, never inside the SQL text. */
export interface Queryable {
  query<R extends Row = Row>(sql: string, parameters?: readonly SqlValue[]): Promise<R[]>;
  /** Number of rows that the statement inserted, updated or deleted. */
  execute(sql: string, parameters?: readonly SqlValue[]): Promise<number>;
  /** `COPY ... FROM STDIN`: the returned stream takes the data; resolve on its 'finish' event. */
  copyFrom(sql: string): Writable;
  /** `COPY (...) TO STDOUT`: bytes as PostgreSQL writes them. */
  copyTo(sql: string): Readable;
}

/** The store. `query` and `execute` take a pooled connection each; `transaction` and `session` hold one. */
export interface Database {
  query<R extends Row = Row>(sql: string, parameters?: readonly SqlValue[]): Promise<R[]>;
  execute(sql: string, parameters?: readonly SqlValue[]): Promise<number>;
  /** Commits when `work` resolves, rolls back when it rejects. */
  transaction<T>(work: (connection: Queryable) => Promise<T>): Promise<T>;
  /** One connection outside a transaction (temporary tables, advisory locks, COPY). */
  session<T>(work: (connection: Queryable) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}
