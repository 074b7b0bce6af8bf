/** Thresholds of risk from the configured costs and what people said of warnings, kept within the budget of warnings as the risks of late would have it. */
import {
  costsOf,
  feedbackOf,
  readFeedback,
  readWarningQuality,
  shadowPrice,
  thresholdsOf,
  withFeedback,
  type Costs,
  type DagFeedback,
  type DagTraits,
  type Thresholds,
  type WarningQuality,
} from '../../alerts/index.js';
import type { Clock } from '../../core/clock.js';
import type { AlertsConfig } from '../../core/config/alerts.js';
import type { Database } from '../../core/database/port.js';
import { repeat } from '../../core/repeat.js';
import type { UnixSeconds } from '../../core/facts.js';
import type { Logger } from '../../core/logger.js';
import { readRecentRunRisks, readScoredSince, type RunRisk } from '../../model/quality/recent-run-risks.js';
import type { ScoreBoard } from './board.js';

export interface ThresholdFollowerOptions {
  readonly database: Pick<Database, 'query'>;
  /** Time of the facts. */
  readonly clock: Clock;
  readonly config: Pick<AlertsConfig, 'costs' | 'overrides' | 'warnings_per_day'>;
  /** The latest scores, for tags and owners of the DAGs. */
  readonly board: () => ScoreBoard | null;
  readonly logger: Logger;
}

export interface ThresholdFollower {
  /** From costs alone until the first {@link refresh}. */
  thresholdsOf(dag: DagTraits): Thresholds;
  /** What each warning of a deployment is charged to keep to the budget. */
  priceOf(deployment: string): number;
  /** How the warnings of the last 30 days turned out; empty before the first {@link refresh}. */
  quality(): readonly WarningQuality[];
  /** Reads what was scored since, and weighs it against the budget. Rejects when the database does. */
  refresh(): Promise<void>;
  /** Refreshes every ten minutes until the signal aborts. Never rejects. */
  run(signal: AbortSignal): Promise<void>;
}

const DAY = 86_400;
/** A week holds each day of the week once. */
const WINDOW_SECONDS = 7 * DAY;
/** Warnings are few: a month of them says something. */
const QUALITY_SECONDS = 30 * DAY;
const REFRESH_SECONDS = 600;
/** Scores are written a little after they were served. */
const OVERLAP_SECONDS = 600;

export function createThresholdFollower(options: ThresholdFollowerOptions): ThresholdFollower {
  const { database, clock, config } = options;
  /** Of each run the highest risk of late, where any threshold could lie below it. */
  const peaks = new Map<string, RunRisk>();
  let scoredSince: ReadonlyMap<string, UnixSeconds> = new Map();
  let readUntil = -Infinity;
  let prices: ReadonlyMap<string, number> = new Map();
  let feedback: readonly DagFeedback[] = [];
  let quality: readonly WarningQuality[] = [];

  const costs = (dag: DagTraits): Costs => withFeedback(costsOf(config, dag), feedbackOf(feedback, dag));

  /** The scores of a run that was only planned join those of the run that it became. */
  function take(run: RunRisk): void {
    const planned = keyOf({ ...run, runId: null });
    for (const key of new Set([planned, keyOf(run)])) {
      const known = peaks.get(key);
      if (known === undefined) continue;
      peaks.delete(key);
      run = { ...run, risk: Math.max(run.risk, known.risk), since: Math.min(run.since, known.since) };
    }
    peaks.set(keyOf(run), run);
  }

  async function read(now: UnixSeconds): Promise<void> {
    const oldest = now - WINDOW_SECONDS;
    const from = Math.max(oldest, readUntil - OVERLAP_SECONDS);
    for (const each of await readRecentRunRisks(database, from, leastThreshold(config))) take(each);
    for (const [key, { since }] of peaks) if (since < oldest) peaks.delete(key);
    const isNew = [...peaks.values()].some(({ deployment }) => !scoredSince.has(deployment));
    if (isNew) scoredSince = await readScoredSince(database, oldest);
    readUntil = now;
  }

  function weigh(now: UnixSeconds): void {
    const traits = new Map(
      (options.board()?.dags ?? []).map(({ dag }) => [JSON.stringify([dag.deployment, dag.dagId]), dag]),
    );
    const byDeployment = new Map<string, RunRisk[]>();
    for (const run of peaks.values()) {
      const runs = byDeployment.get(run.deployment);
      if (runs === undefined) byDeployment.set(run.deployment, [run]);
      else runs.push(run);
    }
    prices = new Map(
      [...byDeployment].map(([deployment, runs]) => {
        const recent = runs.map(({ dagId, risk }) => {
          const dag = traits.get(JSON.stringify([deployment, dagId]));
          return { risk, costs: costs(dag ?? { deployment, dagId, tags: [], owners: [] }) };
        });
        const since = Math.max(now - WINDOW_SECONDS, scoredSince.get(deployment) ?? now);
        return [deployment, shadowPrice(recent, (now - since) / DAY, config.warnings_per_day)];
      }),
    );
  }

  async function refresh(): Promise<void> {
    const now = clock();
    await read(now);
    feedback = await readFeedback(database);
    quality = await readWarningQuality(database, now - QUALITY_SECONDS);
    weigh(now);
  }

  return {
    thresholdsOf: (dag) => thresholdsOf(costs(dag), prices.get(dag.deployment) ?? 0),
    quality: () => quality,
    priceOf: (deployment) => prices.get(deployment) ?? 0,
    refresh,
    run: (signal) =>
      repeat(refresh, {
        everySeconds: REFRESH_SECONDS,
        signal,
        logger: options.logger,
        failure: 'the budget of warnings cannot be weighed, will be tried again',
      }),
  };
}

function keyOf({ deployment, dagId, runId }: RunRisk): string {
  return JSON.stringify([deployment, dagId, runId]);
}

/** No DAG has a lower threshold than this, whatever entries match it. */
function leastThreshold({ costs, overrides }: Pick<AlertsConfig, 'costs' | 'overrides'>): number {
  const all = <T>(key: 'warning' | 'missed_failure' | 'avertable_share', of: (values: number[]) => T): T =>
    of([costs[key], ...overrides.flatMap((entry) => entry[key] ?? [])]);
  const greatest = (values: number[]): number => Math.max(...values);
  return (
    all('warning', (values) => Math.min(...values)) /
    (all('missed_failure', greatest) * all('avertable_share', greatest))
  );
}
