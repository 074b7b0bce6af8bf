import type { Clock } from '../../core/clock.js';
import type { Database } from '../../core/database/port.js';
import type { UnixSeconds } from '../../core/facts.js';
import type { Logger } from '../../core/logger.js';
import type { KnownNameList } from './known-names.js';

/** Since the start; counters only grow. */
export interface StatsdStatus {
  readonly deployment: string;
  readonly source: string;
  /** Datagrams received, or pages read. */
  readonly packets: number;
  readonly samples: number;
  /** Lines that could not be read. */
  readonly parseErrors: number;
  /** Samples dropped: too many series, a full receive buffer, or no database for too long. */
  readonly dropped: number;
  /** Facts appended. */
  readonly rows: number;
  /** Failed writes and scrapes. */
  readonly errors: number;
  readonly lastSuccessAt: UnixSeconds | null;
}

export interface StatsdOptions {
  readonly database: Database;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly retentionDays: number;
  /** Version of the Airflow, once the collector knows it; units depend on it. */
  readonly airflowVersion: () => string | null;
  /** Length of a window. */
  readonly windowSeconds: number;
}

/** What every kind of input does; observations go to the writer as they come. */
export interface StatsdInput {
  readonly address: string;
  readonly counts: () => Pick<StatsdStatus, 'packets' | 'samples' | 'parseErrors' | 'dropped' | 'errors'>;
  know(list: KnownNameList, airflowVersion: string | null): void;
  close(): Promise<void>;
}
