import type { Clock } from '../../core/clock.js';
import type { Database } from '../../core/database/port.js';
import type { UnixSeconds } from '../../core/facts.js';
import type { Logger } from '../../core/logger.js';
import type { TemplateMiner } from '../failure-reason/index.js';
import type { ProgressListener } from '../../core/progress.js';
import type { AirflowApi } from './api.js';
import { type CollectorIdentity, createIdentity } from './other-collectors.js';
import type { AirflowSource } from './source.js';
import type { Tuning } from './tuning.js';
import { type Tally, emptyTally } from './write-batch.js';

/** What is worth remembering between passes of one process; losing it costs requests, never facts. */
export interface CollectorMemory {
  /** Ids of task instances whose earlier tries are in the log (each try has an id of its own). */
  readonly historyRead: Set<string>;
  /** All that was committed since the process began, also by passes that failed later. */
  readonly rows: Tally;
  /** The list of DAGs is not read before this time, so that it takes a twentieth of the time at most. */
  dagsDueAt: UnixSeconds;
  /** What surrounds the runs is not read before this time. */
  surroundingsDueAt: UnixSeconds;
  /** Logs are not read before this time: they were refused. */
  logsDueAt: UnixSeconds;
  /** Of error lines; null until the first is needed. */
  templates: TemplateMiner | null;
  /** Readings that Airflow refused or could not answer, and when to ask again; see `readOptional`. */
  readonly withheld: Map<string, { readonly seconds: number; readonly until: UnixSeconds }>;
  /** Days of event time whose partition of platform facts is there. */
  readonly platformDays: Set<number>;
  /** Version that answered last time; null before the first answer. */
  version: string | null;
  /** True while the clocks are known to differ. */
  isSkewed: boolean;
  /** Lives of DAG runs (a clearing begins another one) of which it is known whether they are the first. */
  readonly clearingsLookedUp: Set<string>;
  readonly identity: CollectorIdentity;
}

export function createMemory(): CollectorMemory {
  return {
    historyRead: new Set(),
    rows: emptyTally(),
    dagsDueAt: -Infinity,
    surroundingsDueAt: -Infinity,
    logsDueAt: -Infinity,
    templates: null,
    withheld: new Map(),
    platformDays: new Set(),
    version: null,
    isSkewed: false,
    clearingsLookedUp: new Set(),
    identity: createIdentity(),
  };
}

/** Everything that the parts of one collection pass share. */
export interface Pass {
  readonly deployment: string;
  /** The user as whom ORC acts; null where none is named. */
  readonly actingUser: string | null;
  readonly api: AirflowApi;
  readonly source: AirflowSource;
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly onProgress: ProgressListener;
  readonly signal: AbortSignal | undefined;
  readonly memory: CollectorMemory;
  readonly tally: Tally;
  readonly tuning: Tuning;
}

/** The time now on Airflow's clock. */
export function serverNow(pass: Pass): UnixSeconds {
  return pass.clock() + (pass.source.clockSkewSeconds() ?? 0);
}

const MEMORY_LIMIT = 50_000;

/** Notes that the earlier tries of these task instances are in the log; call after the commit. */
export function rememberHistory(memory: CollectorMemory, ids: Iterable<string>): void {
  for (const id of ids) memory.historyRead.add(id);
  for (const id of memory.historyRead) {
    if (memory.historyRead.size <= MEMORY_LIMIT) break;
    memory.historyRead.delete(id);
  }
}
