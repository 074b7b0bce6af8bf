/** Writes windows of observations to the fact log, and keeps them in bounded memory while the database is away. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../../core/clock.js';
import { errorCode } from '../../core/database/connection-errors.js';
import type { Database } from '../../core/database/port.js';
import type { PlatformObservation, UnixSeconds } from '../../core/facts.js';
import { dayOf, dropPlatformDays, preparePlatformDays } from '../../core/fact-log/platform-days.js';
import { writePlatform } from '../../core/fact-log/write.js';
import type { Logger } from '../../core/logger.js';

export interface PlatformWriterOptions {
  readonly database: Database;
  /** Kept with every fact. */
  readonly source: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Facts of earlier days than these are deleted. */
  readonly retentionDays: number;
  /** Observations that may wait for the database; beyond them the oldest are dropped. About 200 bytes each. */
  readonly maxWaiting?: number;
  /** Waits between attempts; replaced by tests. */
  readonly wait?: (seconds: number, signal: AbortSignal) => Promise<void>;
}

/** Since the start. */
export interface PlatformWriterStatus {
  readonly rows: number;
  readonly errors: number;
  readonly lastSuccessAt: UnixSeconds | null;
  /** Observations given up: the database was away for too long, or refused them. */
  readonly dropped: number;
}

const DEFAULT_MAX_WAITING = 100_000;
/** Observations of one transaction, as a rule. */
const TRANSACTION_ROWS = 10_000;
/** An import holds the lock of the fact log for long; waiting for it must not hold a stop back. */
const LOCK_TIMEOUT = '5s';
const STATEMENT_TIMEOUT = '10s';
const FIRST_WAIT_SECONDS = 1;
const LONGEST_WAIT_SECONDS = 30;

export class PlatformWriter {
  readonly #options: PlatformWriterOptions;
  readonly #queue: (readonly PlatformObservation[])[] = [];
  readonly #preparedDays = new Set<number>();
  readonly #closing = new AbortController();
  #waiting = 0;
  #rows = 0;
  #errors = 0;
  #dropped = 0;
  #lastSuccessAt: UnixSeconds | null = null;
  #pump: Promise<void> | null = null;

  constructor(options: PlatformWriterOptions) {
    this.#options = options;
  }

  get status(): PlatformWriterStatus {
    return {
      rows: this.#rows,
      errors: this.#errors,
      lastSuccessAt: this.#lastSuccessAt,
      dropped: this.#dropped,
    };
  }

  /** Takes a window; it is written as soon as the database lets it. */
  push(observations: readonly PlatformObservation[]): void {
    if (observations.length === 0) return;
    this.#queue.push(observations);
    this.#waiting += observations.length;
    const limit = this.#options.maxWaiting ?? DEFAULT_MAX_WAITING;
    while (this.#waiting > limit && this.#queue.length > 1) this.#drop(this.#queue.shift()!);
    this.#pump ??= this.#run().finally(() => {
      this.#pump = null;
    });
  }

  /** Resolves when everything pushed so far is written, dropped or, after {@link close}, given up. */
  async idle(): Promise<void> {
    await this.#pump;
  }

  /** Tries once more to write what waits; what cannot be written now is dropped. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.idle();
  }

  async #run(): Promise<void> {
    let failures = 0;
    while (this.#queue.length > 0) {
      const batch = this.#takeBatch();
      try {
        await this.#write(batch);
        if (failures > 0) this.#options.logger.info('platform facts are written again');
        failures = 0;
      } catch (error) {
        this.#errors++;
        failures++;
        if (isRefusal(error)) {
          this.#options.logger.error(
            { err: error },
            'platform facts were refused by the database and dropped',
          );
          this.#drop(batch);
        } else await this.#afterFailure(batch, error, failures);
      }
    }
  }

  async #afterFailure(batch: PlatformObservation[], error: unknown, failures: number): Promise<void> {
    const { logger, wait = waitFor } = this.#options;
    if (this.#closing.signal.aborted) {
      this.#drop(batch);
      for (const window of this.#queue.splice(0)) this.#drop(window);
      logger.warn(
        { err: error, dropped: this.#dropped },
        'platform facts could not be written before the stop',
      );
      return;
    }
    this.#queue.unshift(batch);
    // Once per outage: the counters tell the rest.
    if (failures === 1) logger.warn({ err: error }, 'platform facts cannot be written, will be tried again');
    const seconds = Math.min(LONGEST_WAIT_SECONDS, FIRST_WAIT_SECONDS * 2 ** Math.min(failures - 1, 10));
    await wait(seconds, this.#closing.signal);
  }

  /** Takes whole windows off the queue; they still count as waiting until they are written or dropped. */
  #takeBatch(): PlatformObservation[] {
    const batch = [...this.#queue.shift()!];
    while (this.#queue.length > 0 && batch.length + this.#queue[0]!.length <= TRANSACTION_ROWS) {
      batch.push(...this.#queue.shift()!);
    }
    return batch;
  }

  async #write(batch: readonly PlatformObservation[]): Promise<void> {
    const { database, clock, source, retentionDays, logger } = this.#options;
    const days = new Set(batch.map(({ eventTime }) => dayOf(eventTime)));
    const newDays = [...days].filter((day) => !this.#preparedDays.has(day));
    const firstKept = dayOf(clock()) - retentionDays;
    const { appended, deletedDays } = await database.transaction(async (connection) => {
      await connection.query(
        "SELECT set_config('lock_timeout', $1, true), set_config('statement_timeout', $2, true)",
        [LOCK_TIMEOUT, STATEMENT_TIMEOUT],
      );
      if (newDays.length > 0) await preparePlatformDays(connection, newDays);
      const deleted = newDays.length > 0 ? await dropPlatformDays(connection, firstKept) : 0;
      const result = await writePlatform(
        connection,
        batch.filter(({ eventTime }) => dayOf(eventTime) >= firstKept),
        { source, knownAt: clock(), visibilityAssumed: false },
      );
      return { appended: result.appended, deletedDays: deleted };
    });
    if (deletedDays > 0) logger.info({ days: deletedDays }, 'days of platform facts were deleted');
    for (const day of newDays) this.#preparedDays.add(day);
    this.#waiting -= batch.length;
    this.#rows += appended;
    this.#lastSuccessAt = clock();
  }

  #drop(window: readonly PlatformObservation[]): void {
    this.#waiting -= window.length;
    this.#dropped += window.length;
  }
}

/** Data or programming errors of PostgreSQL: the same rows would be refused for ever. */
function isRefusal(error: unknown): boolean {
  return /^(?:22|23|42)/.test(errorCode(error) ?? '');
}

async function waitFor(seconds: number, signal: AbortSignal): Promise<void> {
  await sleep(seconds * 1000, undefined, { signal }).catch(() => undefined);
}
