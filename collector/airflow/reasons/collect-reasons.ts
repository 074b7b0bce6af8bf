import { AppError } from '../../../core/errors.js';
import type { FailureReasonObservation } from '../../../core/facts.js';
import { writeFailureReasons } from '../../../core/fact-log/write.js';
import { explainLogEnd, maskSecrets, shorten } from '../../failure-reason/index.js';
import type { Pass } from '../context.js';
import { isAirflowError } from '../http/airflow-error.js';
import type { LogEnd } from '../api.js';
import { loadState, saveState, type ReasonsState, type SourceName } from '../state.js';
import { dequeue, enqueueFailures, nextWaiting, postpone, type WaitingTry } from './queue.js';
import { loadTemplates } from './templates.js';

/** How much reading logs may take of a pass. */
export interface ReasonLimits {
  /** Of one log. */
  readonly keepBytes: number;
  /** Logs per pass; after the first collection, those of history come on top. */
  readonly perPass: number;
  readonly history: number;
  readonly seconds: number;
  readonly historySeconds: number;
}

/**
 * Seconds until a log is asked for again; after the last, its try goes without. Most that are not there yet are written out within
 * seconds of the end; some are uploaded minutes later.
 */
const RETRY_SECONDS = [5, 60, 600] as const;
const REFUSED_SECONDS = 3600;
/** Logs that fail one after the other before the rest waits for the next pass. */
const MOST_TROUBLES = 3;
const LONGEST_NOTE = 500;
/** Logs come by REST, whatever the way by which the tries became known. */
const SOURCE: SourceName = 'airflow_rest';

/**
 * Explains failed tries by the ends of their logs: queues what failed since the last pass, reads the logs of the newest, writes their
 * reasons. Whatever is wrong with logs makes no pass fail; what is not read now is read later, or in the end `unknown`.
 *
 * @param hasReadHistory true when this pass has read history: reasons of its failures then count as visible when the tries ended,
 *   as do those that an interrupted pass over history left behind
 * @returns reasons written
 * @throws AppError `cancelled` when the pass is stopped, `database_unavailable`
 */
export async function collectReasons(
  pass: Pass,
  limits: ReasonLimits,
  hasReadHistory: boolean,
): Promise<number> {
  const { api, database, deployment, clock, memory } = pass;
  if (api.logEnd === undefined) return 0;
  const state = await queueFailures(pass, limits.history, hasReadHistory);
  const isHistory = state.isHistoryOpen;
  if (clock() < memory.logsDueAt) return 0;
  const most = isHistory ? limits.perPass + limits.history : limits.perPass;
  const waiting = await nextWaiting(database, deployment, clock(), most);
  if (waiting.length === 0) {
    await closeHistory(pass, state);
    return 0;
  }
  memory.templates ??= await loadTemplates(database, deployment);
  const budget = AbortSignal.timeout(Math.ceil((isHistory ? limits.historySeconds : limits.seconds) * 1000));
  const signal = pass.signal === undefined ? budget : AbortSignal.any([budget, pass.signal]);
  let written = 0;
  let troubles = 0;
  for (const of of waiting) {
    if (isAborted(signal) || troubles >= MOST_TROUBLES) break;
    const end = await readOne(pass, of, limits.keepBytes, signal);
    if (end === 'refused') break;
    const isTrouble = end === 'trouble';
    if (isTrouble && isAborted(signal)) break;
    troubles = isTrouble ? troubles + 1 : 0;
    if (await settle(pass, of, isTrouble ? NO_ANSWER : end, isHistory)) written++;
    pass.onProgress({ step: 'failure reasons', done: written, total: waiting.length, unit: 'logs' });
  }
  if (isAborted(pass.signal))
    throw new AppError('cancelled', 'stopped while logs were read', { retryable: true });
  await closeHistory(pass, state);
  return written;
}

/** Read anew: it may have fired while something was awaited. */
function isAborted(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true;
}

const NO_ANSWER: LogEnd = { unread: 'Airflow could not answer with the log', isFinal: false };

const ownerOf = ({ deployment }: Pass) => ({ deployment, source: { name: SOURCE } });

async function queueFailures(pass: Pass, history: number, hasReadHistory: boolean): Promise<ReasonsState> {
  const { database, deployment, clock } = pass;
  return database.transaction(async (connection) => {
    const owner = ownerOf(pass);
    const state = await loadState(connection, owner, 'reasons');
    const afterFactId = state?.afterFactId ?? 0;
    const latest = await enqueueFailures(connection, { deployment, afterFactId, now: clock(), history });
    const isHistoryOpen = hasReadHistory || state === null || state.isHistoryOpen;
    const next = { afterFactId: latest, isHistoryOpen };
    if (latest > afterFactId || isHistoryOpen !== state?.isHistoryOpen)
      await saveState(connection, owner, 'reasons', next);
    return next;
  });
}

/** From now on reasons become visible when they are learnt. */
async function closeHistory(pass: Pass, state: ReasonsState): Promise<void> {
  if (!state.isHistoryOpen) return;
  await pass.database.transaction((connection) =>
    saveState(connection, ownerOf(pass), 'reasons', { ...state, isHistoryOpen: false }),
  );
}

async function readOne(
  pass: Pass,
  of: WaitingTry,
  keepBytes: number,
  signal: AbortSignal,
): Promise<LogEnd | 'refused' | 'trouble'> {
  try {
    return await pass.api.logEnd!(of, keepBytes, signal);
  } catch (error) {
    if (isAirflowError(error, 'unauthorized')) {
      pass.memory.logsDueAt = pass.clock() + REFUSED_SECONDS;
      pass.logger.warn({ err: error }, 'logs may not be read: failures stay unexplained (see orc check)');
      return 'refused';
    }
    if (!(error instanceof AppError)) throw error;
    if (!signal.aborted)
      pass.logger.info({ err: error, dag_id: of.dag_id, task_id: of.task_id }, 'a log could not be read');
    return 'trouble';
  }
}

/** Writes the reason, or puts the try back for another attempt (false). */
async function settle(pass: Pass, of: WaitingTry, end: LogEnd, isHistory: boolean): Promise<boolean> {
  const { database, deployment, clock } = pass;
  const wait = RETRY_SECONDS[of.attempts];
  if ('unread' in end && !end.isFinal && wait !== undefined) {
    await postpone(database, deployment, of, clock() + wait);
    return false;
  }
  const reason = observe(pass, of, end);
  await database.transaction(async (connection) => {
    const times = { source: SOURCE, knownAt: clock(), visibilityAssumed: isHistory && !of.isLive };
    await writeFailureReasons(connection, [reason], times);
    await dequeue(connection, deployment, of);
  });
  return true;
}

function observe(pass: Pass, of: WaitingTry, end: LogEnd): FailureReasonObservation {
  const reason =
    'text' in end ? explainLogEnd(end.text) : { class: 'unknown' as const, rule: null, evidence: null };
  const template = reason.evidence === null ? null : pass.memory.templates!.learn(reason.evidence);
  return {
    deployment: pass.deployment,
    dagId: of.dag_id,
    runId: of.dag_run_id,
    taskId: of.task_id,
    mapIndex: of.map_index,
    tryNumber: of.try_number,
    pool: of.pool,
    failureClass: reason.class,
    rule: reason.rule,
    templateId: template?.id ?? null,
    template: template?.text ?? null,
    evidence: reason.evidence,
    unread: 'unread' in end ? shorten(maskSecrets(end.unread), LONGEST_NOTE) : null,
    endedAt: of.endedAt,
  };
}
