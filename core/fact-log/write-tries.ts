import { once } from 'node:events';
import type { Queryable } from '../database/port.js';
import {
  FINAL_TRY_STATES,
  PHASE_ENDED,
  PHASE_QUEUED,
  PHASE_STARTED,
  TRY_STATES,
  type TryObservation,
  type UnixSeconds,
} from '../facts.js';
import { BinaryCopyEncoder } from './binary-copy-encoder.js';
import { extraProblem } from './extra-problem.js';
import { statement } from './sql.js';

/** Where observations come from and when they were learnt. */
export interface WriteOptions {
  /** Name of the source, kept with every fact: `airflow_rest`, `history_file`, ... */
  readonly source: string;
  readonly knownAt: UnixSeconds;
  /** True for backfilled and imported facts: they count as visible when they happened, not at `knownAt`. */
  readonly visibilityAssumed: boolean;
}

export interface WriteResult {
  readonly received: number;
  /** Observations that told a state for the first time. */
  readonly appended: number;
  /** Observations that PostgreSQL cannot hold (NUL characters, identifiers beyond 2,400 bytes). */
  readonly refused: number;
}

/** An observation whose `extra` is still (or already) JSON text. */
export type EncodedTry = Omit<TryObservation, 'extra'> & { readonly extraJson: string | null };

const CREATE_STAGING = statement('create-try-staging');
const LOCK = statement('lock');
const RAISE_WORK_MEM = statement('raise-work-mem');
const APPEND = statement('append-tries');
const APPEND_DISTINCT = statement('append-distinct-tries');
const COPY = 'COPY try_staging FROM STDIN (FORMAT binary)';
const COLUMNS = 21;

/** A unique index entry holds at most 2,704 bytes. */
const MAX_KEY_BYTES = 2400;

/**
 * Rows of one COPY and one INSERT. Smaller slices cost round trips, larger ones sort beyond `work_mem`; between 10,000
 * and 50,000 the rate is flat within 5 %.
 */
const SLICE_ROWS = 20_000;
const SLICE_BYTES = 16 << 20;

const UNKNOWN_STATE_BIT = 1 << 30;
const STATE_BITS: ReadonlyMap<string, number> = new Map(
  TRY_STATES.map((state, index) => [state, 1 << index]),
);

/**
 * Appends observations of tries to the fact log in slices: while the server appends one slice, the caller fills the next.
 * Use inside a transaction; the lock on the fact log is taken with the first slice and held until its end.
 */
export class TryWriter {
  readonly #connection: Queryable;
  readonly #parameters: readonly [string, number, boolean];
  readonly #encoder = new BinaryCopyEncoder();
  #rows = 0;
  #appended = 0;
  #isPrepared = false;
  /** Tries of the slice; null once one of them came again. */
  #keys: Set<string> | null = new Set();
  #inFlight: Promise<unknown> | null = null;

  constructor(connection: Queryable, options: WriteOptions) {
    this.#connection = connection;
    this.#parameters = [options.source, options.knownAt, options.visibilityAssumed];
  }

  /** True when {@link flush} should be awaited before more is added. */
  get isFull(): boolean {
    return this.#rows >= SLICE_ROWS || this.#encoder.byteLength >= SLICE_BYTES;
  }

  /** Adds one observation, or returns why it cannot be stored. */
  add(row: EncodedTry): string | null {
    const tooLong = keyProblem(row);
    if (tooLong !== null) return tooLong;
    const encoder = this.#encoder;
    encoder.startRow(COLUMNS);
    encoder.integer32(this.#rows);
    encoder.text(row.deployment);
    encoder.text(row.dagId);
    encoder.text(row.runId);
    encoder.text(row.taskId);
    encoder.integer32(row.mapIndex);
    encoder.integer32(row.tryNumber);
    encoder.text(row.state);
    encoder.integer32(STATE_BITS.get(row.state) ?? UNKNOWN_STATE_BIT);
    encoder.integer16(tryPhases(row));
    encoder.text(row.runType);
    encoder.timestamp(row.scheduledAt);
    encoder.timestamp(row.queuedAt);
    encoder.timestamp(row.startedAt);
    encoder.timestamp(row.endedAt);
    encoder.text(row.operator);
    encoder.text(row.pool);
    encoder.text(row.queue);
    encoder.text(row.owner);
    encoder.text(row.hostname);
    encoder.jsonb(row.extraJson);
    const problem = encoder.textProblem;
    if (problem === null) {
      this.#rows++;
      this.#noteKey(row);
    } else encoder.abandonRow();
    return problem;
  }

  /** Hands what was added to the server; resolves when the slice before this one is in the log. */
  async flush(): Promise<void> {
    await this.#inFlight;
    if (this.#rows === 0) return;
    this.#encoder.finish();
    const bytes = this.#encoder.take();
    this.#encoder.restart();
    this.#rows = 0;
    const append = this.#keys === null ? APPEND : APPEND_DISTINCT;
    this.#keys = new Set();
    this.#inFlight = this.#append(bytes, append);
    // The next flush or finish reports it; without this, Node would call it unhandled until then.
    this.#inFlight.catch(() => undefined);
  }

  /** Resolves with the number of appended facts when all that was added is in the log. */
  async finish(): Promise<number> {
    await this.flush();
    await this.#inFlight;
    this.#inFlight = null;
    return this.#appended;
  }

  #noteKey(row: EncodedTry): void {
    const keys = this.#keys;
    if (keys === null) return;
    keys.add(
      `${row.taskId}\0${row.runId}\0${row.dagId}\0${row.deployment}\0${row.mapIndex}\0${row.tryNumber}`,
    );
    if (keys.size < this.#rows) this.#keys = null;
  }

  async #append(bytes: Buffer, append: string): Promise<void> {
    const connection = this.#connection;
    if (!this.#isPrepared) await connection.execute(CREATE_STAGING);
    await connection.execute('TRUNCATE try_staging');
    const stream = connection.copyFrom(COPY);
    const finished = once(stream, 'finish');
    stream.end(bytes);
    await finished;
    if (!this.#isPrepared) {
      await connection.query(RAISE_WORK_MEM);
      await connection.query(LOCK);
    }
    this.#isPrepared = true;
    this.#appended += await connection.execute(append, this.#parameters);
  }
}

/**
 * Appends every observation that tells a state of its try for the first time.
 *
 * `connection` must be inside a transaction of level READ COMMITTED: the facts appear with its commit. Writers take turns
 * from their first 20,000 rows (or the end of the observations, when there are fewer) until the commit, so fetch slowly
 * arriving observations first and write them then.
 */
export async function writeTries(
  connection: Queryable,
  observations: AsyncIterable<TryObservation> | Iterable<TryObservation>,
  options: WriteOptions & { readonly onRefused?: (observation: TryObservation, reason: string) => void },
): Promise<WriteResult> {
  const writer = new TryWriter(connection, options);
  let received = 0;
  let refused = 0;
  for await (const observation of observations) {
    received++;
    const problem = addObservation(writer, observation);
    if (problem !== null) {
      refused++;
      options.onRefused?.(observation, problem);
    }
    if (writer.isFull) await writer.flush();
  }
  return { received, appended: await writer.finish(), refused };
}

function addObservation(writer: TryWriter, observation: TryObservation): string | null {
  const { extra } = observation;
  const problem = extra === null ? null : extraProblem(extra);
  if (problem !== null) return `extra: ${problem}`;
  return writer.add({ ...observation, extraJson: extra === null ? null : JSON.stringify(extra) });
}

function tryPhases(row: EncodedTry): number {
  return (
    (row.queuedAt === null ? 0 : PHASE_QUEUED) |
    (row.startedAt === null ? 0 : PHASE_STARTED) |
    (FINAL_TRY_STATES.has(row.state) ? PHASE_ENDED : 0)
  );
}

function keyProblem(row: EncodedTry): string | null {
  const { deployment, dagId, runId, taskId } = row;
  const characters = deployment.length + dagId.length + runId.length + taskId.length;
  if (characters * 3 <= MAX_KEY_BYTES) return null;
  const bytes = Buffer.byteLength(deployment + dagId + runId + taskId);
  if (bytes <= MAX_KEY_BYTES) return null;
  return `deployment, dag_id, run_id and task_id have ${bytes} bytes together; at most ${MAX_KEY_BYTES} are accepted`;
}
