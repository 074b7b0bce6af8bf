import type { Clock } from '../../core/clock.js';
import type { ActionsConfig } from '../../core/config/actions.js';
import type { Database } from '../../core/database/port.js';
import type { UnixSeconds } from '../../core/facts.js';
import type { Logger } from '../../core/logger.js';
import type { AirflowSite, SiteRun } from '../airflow/site.js';

export interface EngineOptions {
  readonly database: Database;
  readonly config: ActionsConfig;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Works with an Airflow through the credential for actions; null where there is none. Rejects when it cannot be reached. */
  readonly withSite: (
    deployment: string,
  ) => (<T>(work: (site: AirflowSite) => Promise<T>) => Promise<T>) | null;
  /** A run as the reading user sees it; null when there is none. Rejects when Airflow cannot be reached. */
  readonly readRun: (
    deployment: string,
    dagId: string,
    runId: string,
  ) => Promise<Pick<SiteRun, 'state' | 'endedAt'> | null>;
  /** Ends what `withSite` and `readRun` have opened; called after each pass. Never rejects. */
  readonly closeSites: () => Promise<void>;
  readonly collectedAt: (deployment: string) => UnixSeconds | null;
  /** Probability that the current or next run of a DAG fails, as it was last scored; null while unknown. */
  readonly riskOf: (deployment: string, dagId: string) => number | null;
  /** Of DAG runs, live; null while unknown. */
  readonly calibrationError: () => number | null;
}
