/** Trains again on schedule, as the one leader among the processes that share the database. */
import { setTimeout as sleep } from 'node:timers/promises';
import { schedule } from 'node-cron';
import type { Clock } from '../core/clock.js';
import { asLeader } from '../core/database/leader.js';
import type { Database } from '../core/database/port.js';
import { AppError } from '../core/errors.js';
import type { UnixSeconds } from '../core/facts.js';
import type { Logger, LogLevel } from '../core/logger.js';
import { listVersions, restoreServable, trainInThread, type ModelVersion } from '../model/index.js';
import type { Context } from './context.js';

export interface RetrainingOptions {
  readonly context: Context;
  readonly database: Database;
  /** Time of the facts. */
  readonly clock: Clock;
  /** The registry has changed. */
  readonly onTrained: () => void;
}

/** The lead is taken for whatever changes the model in use by itself. */
export const MODEL_LEAD = 'model';

/** Wait after a training that failed, doubled each time; for more history; and for another process that leads. */
const RETRY_SECONDS = 60;
const LONGEST_RETRY_SECONDS = 3600;
/** Clocks of several machines, all of which follow the same schedule, differ by less. */
const CLOCK_TOLERANCE_SECONDS = 60;
/** A schedule whose moment passed while the machine slept still counts for so long. */
const MISSED_TOLERANCE_MS = 3_600_000;

export interface TrainingState {
  readonly canServe: boolean;
  /** When the newest version was made, promoted or not; null without one. */
  readonly lastTrainedAt: UnixSeconds | null;
  /** When the schedule last said so; null where it has not yet, or there is none. */
  readonly calledAt: UnixSeconds | null;
}

/** When to train next; Infinity when only the schedule can tell. */
export function trainingDueAt(state: TrainingState, intervalSeconds: number | null): UnixSeconds {
  const { canServe, lastTrainedAt, calledAt } = state;
  if (!canServe || lastTrainedAt === null) return -Infinity;
  if (calledAt !== null && lastTrainedAt < calledAt - CLOCK_TOLERANCE_SECONDS) return calledAt;
  return intervalSeconds === null ? Infinity : lastTrainedAt + intervalSeconds;
}

/** Until the context's signal aborts. What fails is logged and tried again; the model in use stays meanwhile. */
export async function runRetraining(options: RetrainingOptions): Promise<void> {
  const { context, database, clock } = options;
  const { config, signal } = context;
  const logger = context.logger.child({ component: 'training' });
  const expression = config.model.retrain_schedule;
  const intervalSeconds = expression === null ? config.model.retrain_interval_hours * 3600 : null;
  let calledAt: UnixSeconds | null = null;
  let wake = new AbortController();
  const cron =
    expression === null
      ? null
      : schedule(
          expression,
          () => {
            calledAt = clock();
            wake.abort();
          },
          {
            timezone: config.model.retrain_time_zone,
            missedExecutionTolerance: MISSED_TOLERANCE_MS,
            logger: cronLogger(logger),
          },
        );
  let failures = 0;
  try {
    while (!signal.aborted) {
      wake = new AbortController();
      let wait = RETRY_SECONDS;
      try {
        const dueAt = async (): Promise<UnixSeconds> =>
          trainingDueAt({ ...(await registryState(database, logger)), calledAt }, intervalSeconds);
        const due = await dueAt();
        if (due > clock()) wait = Math.min(due - clock(), LONGEST_RETRY_SECONDS);
        else {
          const led = await asLeader(database, MODEL_LEAD, async () => {
            // Another process may have trained between the look and the lead.
            if ((await dueAt()) > clock()) return;
            await trainOnce(options, logger);
          });
          if (led === null) logger.debug('another process trains');
          else wait = 0;
        }
        failures = 0;
      } catch (error) {
        if (isAborted(signal)) return;
        if (error instanceof AppError && error.code === 'too_little_history')
          logger.info({ reason: error.message }, 'no training yet');
        else {
          wait = Math.min(LONGEST_RETRY_SECONDS, RETRY_SECONDS * 2 ** Math.min(failures++, 10));
          logger.error({ err: error, retry_seconds: wait }, 'training failed, will be tried again');
        }
      }
      await sleep(wait * 1000, undefined, { signal: AbortSignal.any([signal, wake.signal]) }).catch(
        () => undefined,
      );
    }
  } finally {
    await cron?.destroy();
  }
}

async function trainOnce(options: RetrainingOptions, logger: Logger): Promise<void> {
  const { context, clock, onTrained } = options;
  const { config, signal } = context;
  logger.info('training begins');
  await trainInThread(
    {
      databaseUrl: config.database_url,
      dataDir: config.data_dir,
      logLevel: logger.level as LogLevel,
      createdAt: clock(),
      seed: config.model.seed,
      promote: 'if_better',
      by: 'schedule',
      warmStarts: config.model.warm_starts,
    },
    signal,
  );
  onTrained();
}

/** A champion that turned out to be damaged gives way to the one before it. */
async function registryState(
  database: Database,
  logger: Logger,
): Promise<Pick<TrainingState, 'canServe' | 'lastTrainedAt'>> {
  const { champion, problem } = await restoreServable(database);
  if (problem !== null)
    logger.warn({ problem, version: champion?.version ?? null }, 'the model cannot serve');
  const newest: ModelVersion | undefined = (await listVersions(database))[0];
  return { canServe: champion !== null, lastTrainedAt: newest?.createdAt ?? null };
}

/** node-cron would write to the console. */
function cronLogger(logger: Logger) {
  const log = (level: 'debug' | 'warn' | 'error') => (message: string | Error, cause?: Error) => {
    const err = message instanceof Error ? message : cause;
    logger[level](err === undefined ? {} : { err }, typeof message === 'string' ? message : 'cron failed');
  };
  return { info: log('debug'), debug: log('debug'), warn: log('warn'), error: log('error') };
}

/** Read anew: it may have fired while something was awaited. */
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}
