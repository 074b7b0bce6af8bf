import type { UnixSeconds } from '../../core/facts.js';
import type { ListLimits, Span } from './api.js';
import { commitBatch } from './commit.js';
import { type Pass, rememberHistory, serverNow } from './context.js';
import { isAirflowError } from './http/airflow-error.js';
import { mapDagRun } from './map.js';
import { readTries } from './read-tries.js';
import { type HistoryState, loadState, saveState } from './state.js';
import type { Batch } from './write-batch.js';

/** Spans are not made narrower than this: what does not fit then is read whole. */
const NARROWEST_SECONDS = 1;
/** The first span aims at this many DAG runs; then the number of task instances leads. */
const FIRST_SPAN_RUNS = 10;

/**
 * Reads all DAG runs that were due since `since`, with all tries of their task instances, in spans of the time by which the API
 * orders history (`dueField`: it never changes, and Airflow has an index on it). Each span is one transaction with the state that says so: stopped anywhere, the next
 * call goes on after the last span. A span that is too large or times out is halved.
 *
 * Returns false when all this had been done before. What changes meanwhile is left to the reading of changes, which begins
 * where this began.
 */
export async function collectHistory(pass: Pass, since: UnixSeconds | null): Promise<boolean> {
  const saved = await loadState(pass.database, pass, 'history');
  const planned = await planHistory(pass, since, saved);
  if (planned === null) return false;
  const complete = { ...(await readSpans(pass, planned)), isComplete: true };
  await pass.database.transaction((connection) => saveState(connection, pass, 'history', complete));
  return true;
}

/** What is to be read: the rest of what was begun, all of it, or the part before what is there. Null: nothing. */
async function planHistory(
  pass: Pass,
  since: UnixSeconds | null,
  saved: HistoryState | null,
): Promise<HistoryState | null> {
  if (saved?.address !== pass.source.address) return startHistory(pass, since, null, true);
  const isCovered = saved.coveredFrom === null || (since !== null && since >= saved.coveredFrom);
  if (isCovered && saved.isComplete) return null;
  // Upgraded from Airflow 2 to 3 meanwhile: what was read is a span of another time.
  if (saved.dueField !== pass.api.dueField) return startHistory(pass, since, null, true);
  if (isCovered) return saved;
  return saved.isComplete
    ? startHistory(pass, since, saved.coveredFrom, false)
    : startHistory(pass, since, null, true);
}

async function startHistory(
  pass: Pass,
  since: UnixSeconds | null,
  until: UnixSeconds | null,
  resetsChanges: boolean,
): Promise<HistoryState> {
  // Taken before the first answer that counts, so that nothing falls between history and changes.
  const readFrom = serverNow(pass) - pass.tuning.overlapSeconds;
  const first = await pass.api.dagRunDue('first', since);
  const last = await pass.api.dagRunDue('last', since);
  const total = await pass.api.countDagRuns(since);
  const next = first ?? readFrom;
  const end = last === null ? next : Math.floor(last) + 1;
  const to = until === null ? end : Math.min(until, end);
  const state: HistoryState = {
    address: pass.source.address,
    dueField: pass.api.dueField,
    coveredFrom: since,
    next: Math.min(next, to),
    to,
    widthSeconds: Math.max(
      NARROWEST_SECONDS,
      ((to - next) * FIRST_SPAN_RUNS) / Math.max(FIRST_SPAN_RUNS, total ?? 0),
    ),
    done: 0,
    total: until === null ? total : null,
    isComplete: false,
  };
  await pass.database.transaction(async (connection) => {
    await saveState(connection, pass, 'history', state);
    if (resetsChanges) await saveState(connection, pass, 'changes', { readFrom });
  });
  return state;
}

/** What is to be committed together: the facts of a span, and the state that says so. */
interface ReadSpan {
  readonly batch: Batch;
  readonly historyIds: readonly string[];
  readonly after: HistoryState;
}

/** Reads a span while the one before is written, and commits them in their order. */
async function readSpans(pass: Pass, begun: HistoryState): Promise<HistoryState> {
  let state = begun;
  let next = state.next < state.to ? readNextSpan(pass, state) : null;
  while (next !== null) {
    const span = await next;
    state = span.after;
    next = state.next < state.to ? readNextSpan(pass, state) : null;
    // It is awaited after this commit; when that fails, nobody asks how the reading went.
    next?.catch(() => undefined);
    await commitSpan(pass, span);
  }
  return state;
}

async function commitSpan(pass: Pass, { batch, historyIds, after }: ReadSpan): Promise<void> {
  await commitBatch(pass, batch, null, (connection) => saveState(connection, pass, 'history', after));
  rememberHistory(pass.memory, historyIds);
  const total = after.total === null ? {} : { total: Math.max(after.total, after.done) };
  pass.onProgress({ step: 'history', done: after.done, unit: 'DAG runs', ...total });
}

/** Reads the next span, as wide as its rows allow. */
async function readNextSpan(pass: Pass, state: HistoryState): Promise<ReadSpan> {
  let { widthSeconds } = state;
  for (;;) {
    const width = Math.min(widthSeconds, state.to - state.next);
    const read = await tryToRead(pass, { from: state.next, to: state.next + width }, width);
    if (read === null) {
      widthSeconds = Math.max(NARROWEST_SECONDS, width / 2);
      continue;
    }
    const growth = pass.tuning.targetRows / Math.max(1, read.rowCount);
    const after: HistoryState = {
      ...state,
      next: state.next + width,
      widthSeconds: width * Math.min(4, Math.max(0.25, growth)),
      done: state.done + read.batch.dagRuns.length,
    };
    return { batch: read.batch, historyIds: read.historyIds, after };
  }
}

/** Null when the span holds too much, or Airflow answers too slowly: less is to be asked for. */
async function tryToRead(pass: Pass, span: Span, width: number) {
  const isNarrowest = width <= NARROWEST_SECONDS;
  const limits: ListLimits = {
    maxRows: isNarrowest ? Infinity : pass.tuning.maxRows,
    isTimeoutFinal: !isNarrowest,
  };
  try {
    return await readSpan(pass, span, limits);
  } catch (error) {
    if (isNarrowest || !isAirflowError(error, 'timeout')) throw error;
    pass.logger.info(
      { err: error, span_seconds: width / 2 },
      'Airflow answers too slowly: asking for less at once',
    );
    return null;
  }
}

/** The facts of one span of due time; null when it holds more rows than allowed. */
async function readSpan(pass: Pass, span: Span, limits: ListLimits) {
  const rows = await pass.api.dueIn(span, limits);
  if (rows === null) return null;
  const tries = await readTries(pass, rows);
  const dagRuns = rows.dagRuns.flatMap((run) => mapDagRun(run, pass.deployment) ?? []);
  return {
    batch: { dagRuns, tries: tries.observations },
    historyIds: tries.historyIds,
    rowCount: Math.max(rows.dagRuns.length, tries.observations.length),
  };
}
