/** What the steps of the training bench tell. Times in seconds, sizes in MiB. */
import type { FitSummary } from '../../model/network/fit-risk-network.js';
import type { Seconds } from '../timing.js';
import type { XgboostFit } from '../xgboost.js';

/** The fit of the tries, from vectors in memory. */
export interface FitMeasurement {
  readonly backend: string;
  readonly rows: number;
  readonly features: number;
  readonly scratch: Seconds & { readonly summary: FitSummary };
  /** Going on from that model, of which the last 5 % of the outcomes count as unseen. */
  readonly warm: Seconds;
  /** Largest size of the process, vectors included; null where the kernel does not tell. */
  readonly peakMiB: number | null;
}

/** One training on a store, as `orc train` does it. */
export interface StoreMeasurement {
  readonly total: Seconds;
  /** Reading the facts and describing every try and DAG run. */
  readonly vectors: Seconds;
  /** All fitting of the tries, and of the DAG runs until the model is stored: told apart by their first epochs. */
  readonly tries: Seconds;
  readonly dagRuns: Seconds;
  /** Largest size of the whole process (PostgreSQL apart); null where the kernel does not tell. */
  readonly peakMiB: number | null;
}

export interface TrainingMeasurement {
  readonly tries: number;
  readonly features: number;
  /** `orc train`: from the fact log to the stored model, PostgreSQL apart. */
  readonly store: { readonly scratch: StoreMeasurement; readonly warm: StoreMeasurement };
  /** The network of the tries alone, from vectors in memory. */
  readonly fit: FitMeasurement;
  /** Null with `--xgboost no`. */
  readonly xgboost: XgboostFit | null;
  /** Of the fit from scratch over XGBoost's; null without XGBoost. */
  readonly timesXgboost: { readonly wall: number; readonly processor: number } | null;
}
