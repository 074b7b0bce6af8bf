import { type DeploymentConfig, pollIntervalSeconds } from '../../core/config/schema.js';
import { AppError, errorMessage } from '../../core/errors.js';
import type { UnixSeconds } from '../../core/facts.js';
import {
  type CollectOptions,
  type CollectResult,
  collectOnce,
  endCollection,
  openSource,
} from './collect.js';
import { createMemory } from './context.js';
import { AirflowError, type AirflowErrorKind } from './http/airflow-error.js';
import { sleep } from './http/sleep.js';
import type { SourceName } from './state.js';
import { type Tally, emptyTally } from './write-batch.js';

/** Why passes failed: Airflow's kinds, the database, and anything else. */
export type CollectorErrorKind = AirflowErrorKind | 'database' | 'other';

/** How the collection of one deployment goes; counters only grow while the process lives. */
export interface CollectorStatus {
  readonly deployment: string;
  readonly source: SourceName;
  /** `starting` until the first pass has ended. */
  readonly state: 'starting' | 'ok' | 'failing';
  /** On our clock; null before the first success. */
  readonly lastSuccessAt: UnixSeconds | null;
  /** Time on Airflow's clock up to which everything is known; null before the first success. */
  readonly watermark: UnixSeconds | null;
  readonly rows: Tally;
  readonly errors: Readonly<Partial<Record<CollectorErrorKind, number>>>;
  readonly lastError: {
    readonly at: UnixSeconds;
    readonly message: string;
    readonly fix: string | null;
  } | null;
  readonly airflowVersion: string | null;
  readonly clockSkewSeconds: number | null;
  /** How long the last successful pass took. */
  readonly passSeconds: number | null;
}

export interface PollOptions extends Omit<CollectOptions, 'signal'> {
  /** Ends the loop. */
  readonly signal: AbortSignal;
  /** Called after every pass, good or bad, and whenever rows were committed. Must not throw. */
  readonly onStatus?: (status: CollectorStatus) => void;
  /** Called after every successful pass. */
  readonly onCollected?: (result: CollectResult) => void;
  /** Uniform in [0, 1); spreads the passes of several collectors. */
  readonly chance?: () => number;
}

const FIRST_WAIT_SECONDS = 2;
const LONGEST_WAIT_SECONDS = 60;
const REST_PER_PASS = 3;
const LONGEST_REST_SECONDS = 300;
/** A refused login is tried rarely: many Airflows lock accounts. */
const REFUSED_WAIT_SECONDS = 300;

/**
 * Collects from one Airflow again and again until the signal fires: history first, then changes every `poll_interval_seconds`. A
 * failed pass is tried again with growing waits; Airflow may restart, be upgraded or stay away as long as it likes.
 */
export async function pollAirflow(deployment: DeploymentConfig, options: PollOptions): Promise<void> {
  const { signal, clock, logger } = options;
  const chance = options.chance ?? Math.random;
  const wait = options.sleep ?? sleep;
  const source = openSource(deployment, options);
  const intervalSeconds = pollIntervalSeconds(deployment);
  const memory = createMemory();
  let status = firstStatus(deployment.name, source.name);
  let failures = 0;
  let lastPassSeconds = 0;
  const tell = (): void => options.onStatus?.({ ...status, rows: structuredClone(memory.rows) });
  const passOptions: CollectOptions = {
    ...options,
    onProgress: (progress) => {
      options.onProgress?.(progress);
      tell();
    },
  };
  try {
    while (!signal.aborted) {
      const startedAt = clock();
      let seconds: number;
      try {
        const result = await collectOnce(deployment, source, memory, passOptions);
        if (failures > 0) logger.info({ failures }, 'collection from Airflow works again');
        failures = 0;
        status = afterSuccess(status, result, startedAt, clock());
        options.onCollected?.(result);
        const passSeconds = result.mode === 'full' ? 0 : clock() - startedAt;
        seconds = restSeconds(passSeconds, lastPassSeconds, intervalSeconds, chance());
        lastPassSeconds = passSeconds;
      } catch (error) {
        if (isStopped(signal)) break;
        failures++;
        status = afterFailure(status, error, clock());
        logger.error({ err: error, failures }, 'collection from Airflow failed, will be tried again');
        seconds = failureWaitSeconds(error, failures, intervalSeconds, chance());
      }
      tell();
      await wait(seconds, signal).catch((error: unknown) => {
        if (!isStopped(signal)) throw error;
      });
    }
  } finally {
    await endCollection(deployment, source, memory, options);
  }
}

function isStopped(signal: AbortSignal): boolean {
  return signal.aborted;
}

/**
 * Seconds until the next pass after one that took `passSeconds`. The interval counts from start to start, and a tenth of it is chance;
 * an Airflow that answers slowly twice in a row is left alone for three quarters of the time, whatever the interval. Once may be a
 * restart.
 */
export function restSeconds(
  passSeconds: number,
  lastPassSeconds: number,
  intervalSeconds: number,
  chance: number,
): number {
  const rest = intervalSeconds * (0.95 + chance / 10) - passSeconds;
  const slowness = Math.min(passSeconds, lastPassSeconds);
  return Math.max(rest, Math.min(LONGEST_REST_SECONDS, slowness * REST_PER_PASS));
}

/** Seconds until the next attempt after `failures` failures in a row. */
export function failureWaitSeconds(
  error: unknown,
  failures: number,
  intervalSeconds: number,
  chance: number,
): number {
  const isRefused = error instanceof AirflowError && error.kind === 'unauthorized';
  const longest = isRefused ? REFUSED_WAIT_SECONDS : Math.max(intervalSeconds, LONGEST_WAIT_SECONDS);
  const first = isRefused ? intervalSeconds : FIRST_WAIT_SECONDS;
  return Math.min(longest, first * 2 ** Math.min(failures - 1, 20)) * (0.75 + chance / 4);
}

function firstStatus(deployment: string, source: SourceName): CollectorStatus {
  return {
    deployment,
    source,
    state: 'starting',
    lastSuccessAt: null,
    watermark: null,
    rows: emptyTally(),
    errors: {},
    lastError: null,
    airflowVersion: null,
    clockSkewSeconds: null,
    passSeconds: null,
  };
}

function afterSuccess(
  status: CollectorStatus,
  result: CollectResult,
  startedAt: UnixSeconds,
  now: UnixSeconds,
): CollectorStatus {
  return {
    ...status,
    state: 'ok',
    lastSuccessAt: now,
    watermark: result.watermark,
    airflowVersion: result.airflowVersion,
    clockSkewSeconds: result.clockSkewSeconds,
    passSeconds: now - startedAt,
  };
}

function afterFailure(status: CollectorStatus, error: unknown, now: UnixSeconds): CollectorStatus {
  const kind = errorKind(error);
  const fix = error instanceof AppError ? (error.fix ?? null) : null;
  return {
    ...status,
    state: 'failing',
    errors: { ...status.errors, [kind]: (status.errors[kind] ?? 0) + 1 },
    lastError: { at: now, message: errorMessage(error), fix },
  };
}

function errorKind(error: unknown): CollectorErrorKind {
  if (error instanceof AirflowError) return error.kind;
  return error instanceof AppError && error.code === 'database_unavailable' ? 'database' : 'other';
}
