import type { Database } from '../core/database/port.js';

/** The two databases of the benchmark, and a folder for its files. */
export interface MetadataBench {
  readonly airflow: Database;
  readonly airflowUrl: string;
  readonly store: Database;
  readonly storeUrl: string;
  readonly folder: string;
}
