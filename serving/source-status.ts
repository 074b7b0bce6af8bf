import type { UnixSeconds } from '../core/facts.js';

/** Health of the collection of one source of one deployment, since the process started. */
export interface SourceStatus {
  readonly deployment: string;
  readonly source: string;
  /** Null until a collection succeeded. */
  readonly lastSuccessAt: UnixSeconds | null;
  readonly rows: number;
  readonly errors: number;
  /** What only a source that is asked for its rows can tell; absent for one that sends by itself. */
  readonly polling?: PollingStatus;
}

export interface PollingStatus {
  /** On our clock: everything up to here is known. Null before the first success. */
  readonly knownUntil: UnixSeconds | null;
  /** The clock of Airflow minus ours; null when it does not tell. */
  readonly clockSkewSeconds: number | null;
  /** How long the last successful collection took. */
  readonly passSeconds: number | null;
  readonly airflowVersion: string | null;
  /** Of a collection that fails at the moment. */
  readonly failure: { readonly message: string; readonly fix: string | null } | null;
}
