import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { AppError, errorMessage } from '../../core/errors.js';
import type { TryObservation } from '../../core/facts.js';
import { ignoreProgress, type ProgressListener } from '../../core/progress.js';

export interface WriteHistoryOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: ProgressListener;
  /** Expected number of rows, for the progress. */
  readonly expectedRows?: number;
}

const COLUMNS =
  'deployment,dag_id,run_id,task_id,map_index,try_number,state,run_type,scheduled_at,queued_at,started_at,ended_at,' +
  'operator,pool,queue,owner,hostname,extra';

const PIECE_LENGTH = 1 << 18;

/**
 * Writes a history file (docs/history-files.md): CSV or newline-delimited JSON by the name's ending (`.csv`, `.ndjson`,
 * `.jsonl`, each also with `.gz`). The file appears when it is complete.
 *
 * @throws AppError `usage` for another ending, `input_invalid` when it cannot be written, `cancelled`.
 */
export async function writeHistoryFile(
  path: string,
  rows: Iterable<TryObservation> | AsyncIterable<TryObservation>,
  options: WriteHistoryOptions = {},
): Promise<{ rows: number }> {
  const { isGzip, isCsv } = formatOf(path);
  const partial = `${path}.partial`;
  const count = { rows: 0 };
  const source = Readable.from(pieces(rows, isCsv, count, options), { objectMode: false });
  const file = createWriteStream(partial);
  const abort = options.signal === undefined ? {} : { signal: options.signal };
  try {
    await (isGzip ? pipeline(source, createGzip({ level: 6 }), file, abort) : pipeline(source, file, abort));
    await rename(partial, path);
  } catch (error) {
    await rm(partial, { force: true });
    if (options.signal?.aborted === true) {
      throw new AppError('cancelled', `Writing ${path} was cancelled; no file was left`, { cause: error });
    }
    if ((error as NodeJS.ErrnoException).syscall === undefined) throw error;
    throw new AppError('input_invalid', `${path} cannot be written: ${errorMessage(error)}`, {
      cause: error,
      fix: 'Name a file in a folder that exists and that you may write to.',
    });
  }
  return { rows: count.rows };
}

function formatOf(path: string): { isGzip: boolean; isCsv: boolean } {
  const isGzip = path.endsWith('.gz');
  const name = isGzip ? path.slice(0, -3) : path;
  const isCsv = name.endsWith('.csv');
  if (!isCsv && !name.endsWith('.ndjson') && !name.endsWith('.jsonl')) {
    throw new AppError(
      'usage',
      `${path}: the ending names no format; accepted: .csv, .ndjson, .jsonl, each also with .gz`,
    );
  }
  return { isGzip, isCsv };
}

async function* pieces(
  rows: Iterable<TryObservation> | AsyncIterable<TryObservation>,
  isCsv: boolean,
  count: { rows: number },
  { onProgress = ignoreProgress, expectedRows }: WriteHistoryOptions,
): AsyncGenerator<Buffer, void, undefined> {
  const total = expectedRows === undefined ? {} : { total: expectedRows };
  const report = (): void => {
    onProgress({ step: 'Writing history', done: count.rows, unit: 'tries', ...total });
  };
  let text = isCsv ? `${COLUMNS}\n` : '';
  for await (const row of rows) {
    text += isCsv ? csvLine(row) : jsonLine(row);
    count.rows++;
    if (text.length < PIECE_LENGTH) continue;
    yield Buffer.from(text);
    text = '';
    report();
  }
  yield Buffer.from(text);
  report();
}

function csvLine(row: TryObservation): string {
  const { mapIndex, tryNumber, extra } = row;
  return (
    `${csvField(row.deployment)},${csvField(row.dagId)},${csvField(row.runId)},${csvField(row.taskId)},` +
    `${mapIndex},${tryNumber},${row.state},${csvField(row.runType)},${isoTime(row.scheduledAt)},${isoTime(row.queuedAt)},` +
    `${isoTime(row.startedAt)},${isoTime(row.endedAt)},${csvField(row.operator)},${csvField(row.pool)},` +
    `${csvField(row.queue)},${csvField(row.owner)},${csvField(row.hostname)},` +
    `${extra === null ? '' : csvField(JSON.stringify(extra))}\n`
  );
}

/** Unknown values are left out. */
function jsonLine(row: TryObservation): string {
  const entries = {
    deployment: row.deployment,
    dag_id: row.dagId,
    run_id: row.runId,
    task_id: row.taskId,
    map_index: row.mapIndex,
    try_number: row.tryNumber,
    state: row.state,
    run_type: row.runType ?? undefined,
    scheduled_at: isoTime(row.scheduledAt) || undefined,
    queued_at: isoTime(row.queuedAt) || undefined,
    started_at: isoTime(row.startedAt) || undefined,
    ended_at: isoTime(row.endedAt) || undefined,
    operator: row.operator ?? undefined,
    pool: row.pool ?? undefined,
    queue: row.queue ?? undefined,
    owner: row.owner ?? undefined,
    hostname: row.hostname ?? undefined,
    extra: row.extra ?? undefined,
  };
  return `${JSON.stringify(entries)}\n`;
}

function csvField(value: string | null): string {
  if (value === null) return '';
  return /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}

/** With as many digits as the time has: none, milliseconds or microseconds. */
function isoTime(time: number | null): string {
  if (time === null) return '';
  const microseconds = Math.round(time * 1e6);
  const whole = Math.floor(microseconds / 1e6);
  const rest = microseconds - whole * 1e6;
  const seconds = new Date(whole * 1000).toISOString().slice(0, 19);
  if (rest === 0) return `${seconds}Z`;
  const fraction = String(rest).padStart(6, '0');
  return `${seconds}.${fraction.endsWith('000') ? fraction.slice(0, 3) : fraction}Z`;
}
