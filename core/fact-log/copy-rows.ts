import type { Database } from '../database/port.js';
import { BinaryCopyDecoder } from './binary-copy-decoder.js';
import { statement } from './sql.js';

/** Which facts a reading covers. */
export interface ReadScope {
  /** Only facts with a higher id; 0 unless given. */
  readonly afterFactId?: number;
  /** Only facts up to this id; all unless given. */
  readonly untilFactId?: number;
  /** Only this deployment; all unless given. */
  readonly deployment?: string;
}

interface Settings extends ReadScope {
  readonly lagSeconds: number;
  readonly deriveRuns: boolean;
}

const SET_SCOPE = statement('set-read-scope');

/** A reader of a small part must not scan the log, though the planner cannot see how small the part is. */
const PREFER_INDEX = 'SET LOCAL enable_seqscan = off';

/**
 * Streams the rows of a reading statement. The decoder is positioned on each row in turn; `read` takes what it needs.
 * Rows come in batches of what arrived together; at most one network chunk is decoded ahead of the consumer. Leaving the
 * loop early ends the statement.
 */
export async function* copyRows<T>(
  database: Database,
  sql: string,
  columns: number,
  settings: Settings,
  createReader: (decoder: BinaryCopyDecoder) => () => T,
): AsyncGenerator<T[], void, undefined> {
  const queue = new Handover<T[]>();
  const work = database
    .transaction(async (connection) => {
      await connection.query(SET_SCOPE, [
        settings.afterFactId ?? 0,
        settings.untilFactId ?? Number.MAX_SAFE_INTEGER,
        settings.deployment ?? '',
        settings.deployment !== undefined,
        settings.lagSeconds,
        settings.deriveRuns,
      ]);
      if ((settings.afterFactId ?? 0) > 0) await connection.execute(PREFER_INDEX);
      const decoder = new BinaryCopyDecoder(columns);
      const read = createReader(decoder);
      for await (const chunk of connection.copyTo(`COPY (${sql}) TO STDOUT (FORMAT binary)`)) {
        decoder.push(chunk as Buffer);
        const batch: T[] = [];
        while (decoder.next()) batch.push(read());
        if (batch.length > 0) await queue.put(batch);
      }
      if (!decoder.isDone) throw new Error('The database ended a COPY before its end mark');
    })
    .then(
      () => {
        queue.end();
      },
      (error: unknown) => {
        queue.fail(error);
      },
    );
  try {
    for (;;) {
      const batch = await queue.take();
      if (batch === null) return;
      yield batch;
    }
  } finally {
    queue.abandon();
    await work;
  }
}

/** Passes values from a producer to a consumer, one at a time. */
class Handover<T> {
  #value: T | null = null;
  #isOver = false;
  #isAbandoned = false;
  #failure: { readonly error: unknown } | null = null;
  #wake: (() => void) | null = null;

  /** Resolves when the consumer has taken the value before this one. */
  async put(value: T): Promise<void> {
    while (this.#value !== null && !this.#isAbandoned) await this.#sleep();
    if (this.#isAbandoned) throw new Error('The reader of the fact log went away');
    this.#value = value;
    this.#signal();
  }

  async take(): Promise<T | null> {
    while (this.#value === null && !this.#isOver) await this.#sleep();
    if (this.#failure !== null && this.#value === null) throw this.#failure.error;
    const value = this.#value;
    this.#value = null;
    this.#signal();
    return value;
  }

  end(): void {
    this.#isOver = true;
    this.#signal();
  }

  fail(error: unknown): void {
    this.#failure = { error };
    this.end();
  }

  abandon(): void {
    this.#isAbandoned = true;
    this.#signal();
  }

  // Producer and consumer never wait at the same time: one waits for a value, the other for its absence.
  #sleep(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  #signal(): void {
    const wake = this.#wake;
    this.#wake = null;
    wake?.();
  }
}
