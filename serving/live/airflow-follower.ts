/** What was last collected of Airflow itself: heartbeats, import errors, pools. */
import type { Clock } from '../../core/clock.js';
import type { Database } from '../../core/database/port.js';
import { repeat } from '../../core/repeat.js';
import {
  readAirflowMeasurements,
  readPools,
  type AirflowMeasurements,
} from '../../core/fact-log/read-airflow-state.js';
import type { PoolObservation } from '../../core/facts.js';
import type { Logger } from '../../core/logger.js';

export interface AirflowView {
  readonly measurements: readonly AirflowMeasurements[];
  readonly pools: readonly PoolObservation[];
}

export interface AirflowFollowerOptions {
  readonly database: Pick<Database, 'query'>;
  /** Time of the facts. */
  readonly clock: Clock;
  /** What was measured longer ago says nothing of now. */
  readonly staleSeconds: number;
  /** Whether something of a deployment was collected of late: pools are told anew only when they change. */
  readonly isCollected: (deployment: string) => boolean;
  readonly logger: Logger;
}

export interface AirflowFollower {
  /** Empty before the first {@link refresh}, and after one that failed. */
  view(): AirflowView;
  /** Rejects when the database does. */
  refresh(): Promise<void>;
  /** Refreshes until the signal aborts. Never rejects. */
  run(signal: AbortSignal): Promise<void>;
}

const EMPTY: AirflowView = { measurements: [], pools: [] };
const REFRESH_SECONDS = 10;

export function createAirflowFollower(options: AirflowFollowerOptions): AirflowFollower {
  const { database, clock, staleSeconds, isCollected, logger } = options;
  let view = EMPTY;

  async function refresh(): Promise<void> {
    try {
      const [measurements, pools] = await Promise.all([
        readAirflowMeasurements(database, clock() - staleSeconds),
        readPools(database),
      ]);
      view = { measurements, pools };
    } catch (error) {
      view = EMPTY;
      throw error;
    }
  }

  return {
    view: () => ({ ...view, pools: view.pools.filter(({ deployment }) => isCollected(deployment)) }),
    refresh,
    run: (signal) =>
      repeat(refresh, {
        everySeconds: REFRESH_SECONDS,
        signal,
        logger,
        failure: 'the state of Airflow cannot be read; trying again',
      }),
  };
}
