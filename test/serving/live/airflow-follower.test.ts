import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { dayOf, preparePlatformDays } from '../../../core/fact-log/platform-days.js';
import { writePlatform, writePools } from '../../../core/fact-log/write.js';
import { NO_PLATFORM_LABELS, type PlatformObservation, type PoolObservation } from '../../../core/facts.js';
import { silentLogger } from '../../../core/logger.js';
import { createAirflowFollower } from '../../../serving/live/airflow-follower.js';
import { createMetrics } from '../../../serving/metrics.js';
import { LIVE } from '../../core/fact-log/observations.js';
import { temporaryDatabase, type TemporaryDatabase } from '../../support/database.js';
import { sketchSource } from '../support.js';

const NOW = 1_700_000_000;
let store: TemporaryDatabase;
beforeAll(async () => {
  store = await temporaryDatabase();
});
afterAll(() => store.drop());
beforeEach(() => store.database.execute('TRUNCATE platform_fact, pool_fact'));

const measured = (name: string, ago: number, value: number, deployment = 'prod'): PlatformObservation => ({
  ...{
    deployment,
    eventTime: NOW - ago,
    name,
    labels: NO_PLATFORM_LABELS,
    value,
    maximum: value,
    sampleCount: 1,
  },
});
const pool = (name: string, slots: number, change: Partial<PoolObservation> = {}): PoolObservation => ({
  ...{ deployment: 'prod', pool: name, slots, occupiedSlots: 0, runningSlots: 0, queuedSlots: 0 },
  ...{ scheduledSlots: 0, deferredSlots: 0, ...change },
});

const put = (platform: PlatformObservation[], pools: PoolObservation[] = []): Promise<unknown> =>
  store.database.transaction(async (connection) => {
    await preparePlatformDays(connection, new Set(platform.map(({ eventTime }) => dayOf(eventTime))));
    await writePlatform(connection, platform, LIVE);
    await writePools(connection, pools, LIVE);
  });

const followed = async (collected: readonly string[] = ['prod'], database = store.database) => {
  const follower = createAirflowFollower({
    database,
    clock: () => NOW,
    staleSeconds: 900,
    isCollected: (deployment) => collected.includes(deployment),
    logger: silentLogger(),
  });
  await follower.refresh();
  return follower;
};

async function samples(collected?: readonly string[]): Promise<string[]> {
  const follower = await followed(collected);
  const metrics = createMetrics({
    scorer: sketchSource(null),
    collectorStatus: () => [],
    taskSeriesLimit: 10,
    airflow: () => follower.view(),
  });
  const page = (await metrics.render('text')).toString();
  return page.split('\n').filter((line) => line.startsWith('orc_airflow_'));
}

describe('metrics of Airflow itself', () => {
  it('are of the latest measurement, and absent where nothing was measured of late', async () => {
    await put([
      measured('scheduler_heartbeat_age_seconds', 60, 3),
      measured('scheduler_heartbeat_age_seconds', 20, 400),
      measured('triggerer_heartbeat_age_seconds', 901, 3),
      measured('dag_processing_import_errors', 30, 0),
      measured('scheduler_heartbeat_age_seconds', 30, 2, 'dev'),
      measured('scheduler_loop_duration_seconds', 30, 2),
    ]);
    expect(await samples()).toEqual([
      'orc_airflow_heartbeat_age_seconds{deployment="dev",component="scheduler"} 2',
      'orc_airflow_heartbeat_age_seconds{deployment="prod",component="scheduler"} 400',
      'orc_airflow_import_errors{deployment="prod"} 0',
    ]);
  });

  it('count the slots of each pool by state; one without a limit has none open', async () => {
    await put([], [pool('etl', 4, { occupiedSlots: 1 }), pool('endless', -1, { scheduledSlots: 2 })]);
    await put([], [pool('etl', 4, { occupiedSlots: 3, runningSlots: 2, queuedSlots: 1, scheduledSlots: 5 })]);
    const of = (name: string, state: string, value: number): string =>
      `orc_airflow_pool_slots{deployment="prod",pool="${name}",state="${state}"} ${value}`;
    expect(await samples()).toEqual([
      of('endless', 'running', 0),
      of('endless', 'queued', 0),
      of('endless', 'scheduled', 2),
      of('endless', 'deferred', 0),
      of('etl', 'running', 2),
      of('etl', 'queued', 1),
      of('etl', 'scheduled', 5),
      of('etl', 'deferred', 0),
      of('etl', 'open', 1),
    ]);
    expect(await samples([])).toEqual([]);
  });

  it('are absent when they cannot be read any more', async () => {
    await put([measured('dag_processing_import_errors', 30, 2)]);
    let isAway = false;
    const follower = await followed(['prod'], {
      ...store.database,
      query: (...asked) => (isAway ? Promise.reject(new Error('away')) : store.database.query(...asked)),
    });
    expect(follower.view().measurements).toHaveLength(1);
    isAway = true;
    await expect(follower.refresh()).rejects.toThrow('away');
    expect(follower.view().measurements).toEqual([]);
  });
});
