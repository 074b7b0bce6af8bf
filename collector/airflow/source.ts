import type { AirflowApi } from './api.js';
import type { SourceName } from './state.js';
import type { Tuning } from './tuning.js';

/** What answers at the other end of a source, and how to ask it. */
export interface ConnectedAirflow {
  /** As Airflow tells it, such as `2.11.0`; the metadata database knows only the first release with its schema. */
  readonly version: string;
  readonly api: AirflowApi;
}

/** One way to one Airflow: its REST API, or its metadata database. Close it to free its connections. */
export interface AirflowSource {
  readonly name: SourceName;
  /** Address without credentials. */
  readonly address: string;
  /** Sizes and times that suit this way. */
  readonly tuning: Tuning;
  /**
   * Finds out what answers; called for every pass, since Airflow may have been upgraded.
   * @throws AirflowError with a fix
   */
  connect(signal: AbortSignal | undefined): Promise<ConnectedAirflow>;
  /** Airflow's clock minus ours; null when it is not known. */
  clockSkewSeconds(): number | null;
  close(): Promise<void>;
}
