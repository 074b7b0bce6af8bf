import { AppError } from '../../core/errors.js';
import { FINAL_TRY_STATES, TRY_STATES, type TryState } from '../../core/facts.js';
import type { EncodedTry } from '../../core/fact-log/write.js';
import { HISTORY_COLUMNS, REQUIRED_COLUMNS, type HistoryColumn } from './columns.js';
import { ExtraTexts } from './extra-texts.js';
import { parseIsoTime } from './iso-time.js';

const STATES: ReadonlySet<string> = new Set(TRY_STATES);
const MAX_INTEGER = 2_147_483_647;
const MIN_TRY_NUMBER = 1;
const NOT_MAPPED = -1;

/** Thrown inside the parser only: makes one row bad. */
class BadRow extends Error {}

/** Turns the fields of one row into an observation. */
export class RowParser {
  readonly #positions: readonly number[];
  readonly #width: number;
  readonly #extras = new ExtraTexts();

  /** `header` names the column at each position; names that are no columns of a history file are ignored. */
  constructor(header: readonly string[]) {
    this.#positions = HISTORY_COLUMNS.map((column) => header.indexOf(column));
    this.#width = header.length;
  }

  /** The observation, or why the row is bad. */
  parse(fields: readonly string[]): EncodedTry | string {
    if (fields.length !== this.#width) return `has ${fields.length} fields, the header has ${this.#width}`;
    try {
      return this.#parse(fields);
    } catch (error) {
      if (error instanceof BadRow) return error.message;
      throw error;
    }
  }

  #parse(fields: readonly string[]): EncodedTry {
    const positions = this.#positions;
    const field = (index: number): string => fields[positions[index]!] ?? '';
    const state = field(6);
    if (!STATES.has(state)) throw new BadRow(stateProblem(state));
    const scheduledAt = time('scheduled_at', field(8));
    const queuedAt = time('queued_at', field(9));
    const startedAt = time('started_at', field(10));
    let endedAt = time('ended_at', field(11));
    if (queuedAt === null && startedAt === null) {
      throw new BadRow('queued_at and started_at are both empty; one of them is required');
    }
    if (FINAL_TRY_STATES.has(state)) checkEnd(state, queuedAt, startedAt, endedAt);
    // Airflow sets an end on `deferred` and `up_for_reschedule` too, but those tries go on.
    else endedAt = null;
    const extra = field(17);
    return {
      deployment: field(0) || 'default',
      dagId: required('dag_id', field(1)),
      runId: required('run_id', field(2)),
      taskId: required('task_id', field(3)),
      mapIndex: integer('map_index', field(4), NOT_MAPPED, NOT_MAPPED),
      tryNumber: integer('try_number', field(5), MIN_TRY_NUMBER, MIN_TRY_NUMBER),
      state: state as TryState,
      runType: field(7) || null,
      scheduledAt,
      queuedAt,
      startedAt,
      endedAt,
      operator: field(12) || null,
      pool: field(13) || null,
      queue: field(14) || null,
      owner: field(15) || null,
      hostname: field(16) || null,
      extraJson: extra === '' ? null : this.#extraJson(extra),
    };
  }

  #extraJson(text: string): string {
    const { json, problem } = this.#extras.check(text);
    if (problem !== null) throw new BadRow(`extra ${shown(text)}: ${problem}`);
    return json;
  }
}

/**
 * Checks the header row of a CSV file and returns the names that are not columns.
 *
 * @throws AppError `input_invalid` when a required column is missing or a column comes twice.
 */
export function checkHeader(header: readonly string[], line: number): string[] {
  const missing: string[] = REQUIRED_COLUMNS.filter((column) => !header.includes(column));
  if (!header.includes('queued_at') && !header.includes('started_at'))
    missing.push('queued_at (or started_at)');
  if (missing.length > 0) {
    throw new AppError(
      'input_invalid',
      `line ${line}: the header row has no column ${missing.join(', ')}; it has ${shown(header.join(','))}`,
      { fix: headerFix(header) },
    );
  }
  const repeated = header.find((name, index) => header.indexOf(name) !== index);
  if (repeated !== undefined) {
    throw new AppError(
      'input_invalid',
      `line ${line}: the header row names the column ${shown(repeated)} twice`,
    );
  }
  const known: readonly string[] = HISTORY_COLUMNS;
  return header.filter((name) => !known.includes(name));
}

function headerFix(header: readonly string[]): string {
  const [only] = header;
  if (header.length === 1 && only !== undefined && /[;\t|]/.test(only))
    return 'Separate the columns by commas.';
  return `Start the file with a header row of these columns: ${HISTORY_COLUMNS.join(',')}`;
}

function required(column: HistoryColumn, text: string): string {
  if (text === '') throw new BadRow(`${column} is empty; it is required`);
  return text;
}

function time(column: HistoryColumn, text: string): number | null {
  if (text === '') return null;
  const seconds = parseIsoTime(text);
  if (!Number.isNaN(seconds)) return seconds;
  const isOnlyZoneMissing = !Number.isNaN(parseIsoTime(`${text}Z`));
  throw new BadRow(
    `${column} ${shown(text)} ${isOnlyZoneMissing ? 'has no time zone' : 'is not a time of 1970 to 2199'}; ` +
      'accepted: ISO 8601 with a zone, such as 2026-01-31T08:30:00Z or 2026-01-31T08:30:00.5+01:00',
  );
}

function integer(column: HistoryColumn, text: string, lowest: number, ifEmpty: number): number {
  if (text === '') return ifEmpty;
  const value = /^-?\d{1,10}$/.test(text) ? Number(text) : NaN;
  if (value >= lowest && value <= MAX_INTEGER) return value;
  throw new BadRow(`${column} ${shown(text)} is not an integer from ${lowest} to ${MAX_INTEGER}`);
}

function checkEnd(
  state: string,
  queuedAt: number | null,
  startedAt: number | null,
  endedAt: number | null,
): void {
  if (endedAt === null) throw new BadRow(`ended_at is empty; it is required when the state is ${state}`);
  if (startedAt !== null && endedAt < startedAt) throw new BadRow('ended_at is before started_at');
  if (queuedAt !== null && endedAt < queuedAt) throw new BadRow('ended_at is before queued_at');
}

function stateProblem(state: string): string {
  if (state === '') return 'state is empty; it is required';
  return `state ${shown(state)} is not known; accepted: ${TRY_STATES.join(', ')}`;
}

function shown(text: string): string {
  return JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}...` : text);
}
