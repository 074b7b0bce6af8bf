/** How fast failed runs are decided about, and what that costs the scoring that goes on in the same process. */
import { createActionEngine, promote, sitesOf } from '../../actions/index.js';
import { configSchema } from '../../core/config/schema.js';
import type { Database } from '../../core/database/port.js';
import { writeDagRuns, writeFailureReasons } from '../../core/fact-log/write.js';
import { silentLogger } from '../../core/logger.js';
import { startBusyScoring } from '../scoring.js';
import { timingOf, type Timing } from '../timing.js';
import { startFakeAirflow } from './fake-airflow.js';

const INCIDENTS = 1000;
const DAGS = 500;
const DEPLOYMENT = 'storm';
const ROUNDS = 15;
/** Many times what the incidents take: 500 are drawn in one, and 100 called. */
const MOST_PASSES = 500;
/** Of 10,000 an hour, those of the five seconds between two passes. */
const PER_PASS = Math.ceil((10_000 / 3600) * 5);
const logger = silentLogger();
const clock = (): number => Date.now() / 1000;

export interface IncidentLoad {
  readonly incidents: number;
  /** From the draw to the call or the guardrail that refuses it, as fast as one after the other goes. */
  readonly decidedPerHour: number;
  /** Milliseconds of one scoring of all subjects while nothing fails. */
  readonly scoringAlone: Timing;
  /** The same beside a pass that decides what fails within five seconds, at 10,000 an hour. */
  readonly scoringAtRate: Timing;
}

/** All fail of something that may pass, and could be retried automatically within the usual limits. */
export async function measureIncidents(database: Database): Promise<IncidentLoad> {
  const { refreshNow } = await startBusyScoring();
  const scorings = async (
    beside: (round: number) => Promise<() => Promise<void>> = () => Promise.resolve(() => Promise.resolve()),
  ): Promise<Timing> => {
    const samples: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const begin = await beside(round);
      const started = performance.now();
      const other = begin();
      await refreshNow();
      samples.push(performance.now() - started);
      await other;
    }
    return timingOf(samples);
  };
  await refreshNow();
  const scoringAlone = await scorings();
  const airflow = await startFakeAirflow();
  try {
    const config = configSchema.parse({
      deployments: [{ name: DEPLOYMENT, url: airflow.url, token: 'reads', acting: { token: 'acts' } }],
      actions: { retry: { mode: 'automatic', delay_minutes: 0, note: false } },
    });
    await promote(
      database,
      { deployment: DEPLOYMENT, kind: 'retry' },
      'for the measurement',
      'bench',
      clock(),
    );
    const { pass } = createActionEngine({
      ...{ database, config: config.actions, clock, logger },
      ...sitesOf(config.deployments, { logger }),
      collectedAt: clock,
      riskOf: () => null,
      calibrationError: () => null,
    });
    await fail(database, 0, INCIDENTS);
    const started = performance.now();
    for (let passes = 0; (await countUndecided(database)) > 0; passes++) {
      if (passes === MOST_PASSES)
        throw new Error(`${INCIDENTS} incidents are not decided after ${passes} passes`);
      await pass();
    }
    const tookMs = performance.now() - started;
    const scoringAtRate = await scorings(async (round) => {
      await fail(database, INCIDENTS + round * PER_PASS, PER_PASS);
      return pass;
    });
    const decidedPerHour = Math.round((INCIDENTS / tookMs) * 3_600_000);
    return { incidents: INCIDENTS, decidedPerHour, scoringAlone, scoringAtRate };
  } finally {
    await airflow.close();
  }
}

/** So many runs fail now, as the collector would tell of it. */
async function fail(database: Database, from: number, count: number): Promise<void> {
  const now = clock();
  const live = { source: 'airflow_rest', knownAt: now, visibilityAssumed: false };
  const runs = Array.from({ length: count }, (_, i) => ({
    ...{ deployment: DEPLOYMENT, dagId: `dag_${(from + i) % DAGS}`, runId: `scheduled__${from + i}` },
  }));
  const times = { runAfter: now - 60, logicalDate: now - 60, queuedAt: now - 60, startedAt: now - 59 };
  const ended = { state: 'failed', runType: 'scheduled', endedAt: now } as const;
  const reason = {
    ...{ taskId: 'extract', mapIndex: -1, tryNumber: 1, pool: null, endedAt: now, rule: null },
    ...{ failureClass: 'transient_infrastructure' as const, templateId: null, template: null },
    ...{ evidence: 'connection refused', unread: null },
  };
  await database.transaction(async (connection) => {
    await writeDagRuns(
      connection,
      runs.map((run) => ({ ...run, ...times, ...ended })),
      live,
    );
    await writeFailureReasons(
      connection,
      runs.map((run) => ({ ...run, ...reason })),
      live,
    );
  });
}

/** Failed runs without a row in the ledger, and rows that have not come to their end. */
async function countUndecided(database: Database): Promise<number> {
  const [row] = await database.query<{ n: number }>(
    `SELECT (
       (SELECT count(*) FROM dag_run_fact WHERE deployment = $1) - (SELECT count(*) FROM action WHERE deployment = $1 AND follows IS NULL)
       + (SELECT count(*) FROM action WHERE deployment = $1 AND state IN ('approved', 'calling'))
     )::int AS n`,
    [DEPLOYMENT],
  );
  return row!.n;
}
