/** Writes served scores in batches, apart from the scoring: it never waits for the database. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../../core/clock.js';
import { errorCode } from '../../core/database/connection-errors.js';
import type { Database } from '../../core/database/port.js';
import type { Logger } from '../../core/logger.js';
import { insertScores, keptFrom, prepareScoreDays, scoreDays } from './score-store.js';
import type { ServedScore } from './types.js';

export interface ScoreWriterOptions {
  readonly database: Database;
  /** The time of the scores. */
  readonly clock: Clock;
  readonly logger: Logger;
  /** Scores of earlier days than these are deleted. */
  readonly retentionDays: number;
  /** Scores that may wait for the database; about 1 kB each. */
  readonly maxWaiting?: number;
  /** Waits between attempts; replaced by tests. */
  readonly wait?: (seconds: number, signal: AbortSignal) => Promise<void>;
}

/** Since the start. */
export interface ScoreWriterStatus {
  readonly written: number;
  /** Scores given up: the database was away for too long, or refused them. */
  readonly dropped: number;
  readonly waiting: number;
}

const DEFAULT_MAX_WAITING = 20_000;
/** Scores of one statement: about 2 MB as text, 50 ms. */
const BATCH_ROWS = 2000;
const FIRST_WAIT_SECONDS = 1;
const LONGEST_WAIT_SECONDS = 30;

export class ScoreWriter {
  readonly #options: ScoreWriterOptions;
  readonly #maxWaiting: number;
  readonly #preparedDays = new Set<string>();
  readonly #closing = new AbortController();
  #queue: ServedScore[] = [];
  #written = 0;
  #dropped = 0;
  #failures = 0;
  #pump: Promise<void> | null = null;

  constructor(options: ScoreWriterOptions) {
    this.#options = options;
    this.#maxWaiting = options.maxWaiting ?? DEFAULT_MAX_WAITING;
  }

  get status(): ScoreWriterStatus {
    return { written: this.#written, dropped: this.#dropped, waiting: this.#queue.length };
  }

  /**
   * Takes a score, to be written after the next {@link flush}. False when there is no room at the moment: offer it again
   * later. While the database is away it is dropped and counted instead, so that nothing is offered for ever.
   */
  offer(score: ServedScore): boolean {
    if (this.#queue.length < this.#maxWaiting) {
      this.#queue.push(score);
      return true;
    }
    if (this.#failures === 0) return false;
    this.#dropped++;
    return true;
  }

  /** Begins to write what was taken, unless that is under way. */
  flush(): void {
    if (this.#queue.length === 0) return;
    this.#pump ??= this.#run().finally(() => {
      this.#pump = null;
    });
  }

  /** Resolves when everything taken so far is written, dropped or, after {@link close}, given up. */
  async idle(): Promise<void> {
    this.flush();
    await this.#pump;
  }

  /** Tries once more to write what waits; what cannot be written now is dropped. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.idle();
  }

  async #run(): Promise<void> {
    const { logger, wait = waitFor } = this.#options;
    while (this.#queue.length > 0) {
      const batch = this.#queue.slice(0, BATCH_ROWS);
      try {
        await this.#write(batch);
        this.#queue = this.#queue.slice(batch.length);
        if (this.#failures > 0) logger.info('scores are stored again');
        this.#failures = 0;
      } catch (error) {
        const isRefused = /^(?:22|23|42)/.test(errorCode(error) ?? '');
        if (isRefused || this.#closing.signal.aborted) {
          const given = isRefused ? batch.length : this.#queue.length;
          this.#queue = this.#queue.slice(given);
          this.#dropped += given;
          this.#preparedDays.clear();
          logger.warn({ err: error, dropped: given }, 'scores could not be stored and were dropped');
          continue;
        }
        // Once per outage: the counter tells the rest.
        if (++this.#failures === 1)
          logger.warn({ err: error }, 'scores cannot be stored, will be tried again');
        const seconds = Math.min(
          LONGEST_WAIT_SECONDS,
          FIRST_WAIT_SECONDS * 2 ** Math.min(this.#failures - 1, 10),
        );
        await wait(seconds, this.#closing.signal);
      }
    }
  }

  async #write(batch: readonly ServedScore[]): Promise<void> {
    const { database, clock, retentionDays, logger } = this.#options;
    const from = keptFrom(clock(), retentionDays);
    const kept = batch.filter(({ decidedAt }) => decidedAt >= from);
    const newDays = [...scoreDays(kept)].filter((day) => !this.#preparedDays.has(day));
    if (newDays.length > 0) {
      const dropped = await prepareScoreDays(database, newDays, from);
      if (dropped > 0) logger.info({ days: dropped }, 'days of scores were deleted');
      for (const day of newDays) this.#preparedDays.add(day);
    }
    if (kept.length > 0) await insertScores(database, kept);
    this.#written += kept.length;
  }
}

async function waitFor(seconds: number, signal: AbortSignal): Promise<void> {
  await sleep(seconds * 1000, undefined, { signal }).catch(() => undefined);
}
