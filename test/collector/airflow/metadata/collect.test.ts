import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  collectAirflow,
  type CollectOptions,
  type CollectResult,
} from '../../../../collector/airflow/index.js';
import { collectOnce, openSource } from '../../../../collector/airflow/collect.js';
import { createMetadataApi } from '../../../../collector/airflow/metadata/api.js';
import { openMetadataConnection } from '../../../../collector/airflow/metadata/connection.js';
import { readSchema } from '../../../../collector/airflow/metadata/schema.js';
import { RunWatch } from '../../../../collector/airflow/metadata/watch.js';
import { createMemory } from '../../../../collector/airflow/context.js';
import { formatInstant } from '../../../../collector/airflow/instant.js';
import { silentLogger } from '../../../../core/logger.js';
import { temporaryDatabase, type TemporaryDatabase } from '../../../support/database.js';
import { FakeAirflow } from '../fake-airflow.js';
import type { FakeWorld } from '../fake-rows.js';
import { addInstance, addRun, expectedTries, retry, smallWorld } from '../fake-world.js';
import { collect, dumpFacts, failureOf, NO_WAIT, tryKeys } from '../harness.js';
import { metadataDatabase, metadataDeployment, storeWorld } from './metadata-world.js';

let metadata: TemporaryDatabase;
let store: TemporaryDatabase;
let world: FakeWorld;

beforeEach(async () => {
  [metadata, store] = await Promise.all([metadataDatabase('3.2.1'), temporaryDatabase()]);
  world = smallWorld();
  // The clock is that of the database.
  world.now = Date.now() / 1000;
  await storeWorld(metadata.database, world);
});

afterEach(async () => {
  await Promise.all([metadata.drop(), store.drop()]);
});

const options = (more: Partial<CollectOptions> = {}): CollectOptions => ({
  database: store.database,
  logger: silentLogger(),
  clock: () => Date.now() / 1000,
  sleep: NO_WAIT,
  ...more,
});
const collectMetadata = (more: Partial<CollectOptions> = {}): Promise<CollectResult> =>
  collectAirflow(metadataDeployment(metadata.url), options(more));

describe('collection from the metadata database', () => {
  it('reads all runs, tries, tasks and pools, and a second time nothing new', async () => {
    const first = await collectMetadata();
    expect(first).toMatchObject({
      mode: 'full',
      source: 'airflow_metadata',
      restVersion: null,
      airflowVersion: '3.2.0',
      dags: { appended: 3 },
      tasks: { appended: 5 },
      dagRuns: { appended: 9 },
      pools: { appended: 1 },
    });
    expect(Math.abs(first.clockSkewSeconds!)).toBeLessThan(60);
    expect(await tryKeys(store.database)).toEqual(expectedTries(world));
    const second = await collectMetadata();
    expect(second).toMatchObject({ mode: 'incremental', tries: { appended: 0 }, dagRuns: { appended: 0 } });
    const sources = await store.database.query('SELECT DISTINCT source FROM try_fact');
    expect(sources).toEqual([{ source: 'airflow_metadata' }]);
  });

  it('tells what the REST API tells: after one, the other has nothing new', async () => {
    const airflow = await new FakeAirflow(world).start();
    try {
      await collect(airflow, store.database);
      const before = await dumpFacts(store.database);
      const { dags, tasks, dagRuns, tries, pools } = await collectMetadata();
      expect([dags, tasks, dagRuns, tries, pools].map(({ appended }) => appended)).toEqual([0, 0, 0, 0, 0]);
      expect(await dumpFacts(store.database)).toEqual(before);
      const back = await collect(airflow, store.database);
      expect(back.tries.appended).toBe(0);
    } finally {
      await airflow.stop();
    }
  });

  it('reads spans with many rows in parts', async () => {
    await collectMetadata({ tuning: { maxRows: 3, targetRows: 2 } });
    expect(await tryKeys(store.database)).toEqual(expectedTries(world));
  });

  it('goes on after the last span that was committed', async () => {
    const controller = new AbortController();
    const work = collectMetadata({
      signal: controller.signal,
      tuning: { maxRows: 8, targetRows: 2 },
      onProgress: ({ step }) => {
        if (step === 'history') controller.abort();
      },
    });
    expect(await failureOf(work)).toMatchObject({ code: 'cancelled' });
    const part = (await tryKeys(store.database)).length;
    expect(part).toBeGreaterThan(0);
    expect(part).toBeLessThan(expectedTries(world).length);
    await collectMetadata();
    expect(await tryKeys(store.database)).toEqual(expectedTries(world));
  });
});

describe('changes in the metadata database', () => {
  /** Polls like one process; the first poll is the backfill. */
  const follow = async (work: (poll: () => Promise<CollectResult>) => Promise<void>): Promise<void> => {
    const deployment = metadataDeployment(metadata.url);
    const source = openSource(deployment, options());
    const memory = createMemory();
    try {
      const poll = () => collectOnce(deployment, source, memory, options());
      await poll();
      await work(poll);
    } finally {
      await source.close();
    }
  };
  const now = (): string => formatInstant(Date.now() / 1000);

  it('are found in a new run, through its states to its end and its retries', () =>
    follow(async (poll) => {
      const at = Date.now() / 1000 - 10;
      const run = addRun(world, 'hourly', 'manual__new', at, {
        state: 'running',
        end_date: null,
        updated_at: now(),
      });
      const row = addInstance(world, run, 'poll', { state: 'running', end_date: null, updated_at: now() });
      await storeWorld(metadata.database, world);
      expect(await poll()).toMatchObject({ dagRuns: { appended: 1 }, tries: { appended: 1 } });
      retry(world, row, at + 3);
      Object.assign(row, { updated_at: now() });
      Object.assign(run, { state: 'success', end_date: now(), updated_at: now() });
      await storeWorld(metadata.database, world);
      expect(await poll()).toMatchObject({ dagRuns: { appended: 1 }, tries: { appended: 2 } });
      const facts = await store.database.query(
        `SELECT try_number, state FROM try_fact WHERE run_id = 'manual__new' ORDER BY fact_id`,
      );
      expect(facts).toEqual([
        { try_number: 1, state: 'running' },
        { try_number: 1, state: 'failed' },
        { try_number: 2, state: 'success' },
      ]);
    }));

  it('are found in a run that began and ended between two polls', () =>
    follow(async (poll) => {
      const run = addRun(world, 'hourly', 'manual__quick', Date.now() / 1000 - 3, { updated_at: now() });
      addInstance(world, run, 'poll', { updated_at: now() });
      await storeWorld(metadata.database, world);
      expect(await poll()).toMatchObject({ dagRuns: { appended: 1 }, tries: { appended: 1 } });
    }));

  it('are found where a person marks a task of a run that ended long ago', () =>
    follow(async (poll) => {
      const row = world.instances.find(({ task_id }) => task_id === 'extract')!;
      Object.assign(row, { state: 'failed', updated_at: now() });
      await storeWorld(metadata.database, world);
      await metadata.database.execute(
        `INSERT INTO log (id, dttm, dag_id, run_id, event) VALUES (1, now(), $1, $2, 'patch_task_instance')`,
        [row.dag_id, row.dag_run_id],
      );
      expect(await poll()).toMatchObject({ tries: { appended: 1 } });
    }));

  it('that happened while no process looked are found by the next one', async () => {
    await collectMetadata();
    const run = world.runs[0]!;
    Object.assign(run, { state: 'failed', updated_at: now() });
    const row = world.instances.find(({ dag_run_id }) => dag_run_id === run.dag_run_id)!;
    Object.assign(row, { state: 'failed', updated_at: now() });
    await storeWorld(metadata.database, world);
    expect(await collectMetadata()).toMatchObject({ dagRuns: { appended: 1 }, tries: { appended: 1 } });
  });

  it('are read without reading all of a table', async () => {
    const logger = silentLogger();
    const connection = openMetadataConnection({ url: metadata.url, timeoutSeconds: 30 }, options());
    const scans = async (): Promise<unknown> => {
      // Counted by the process behind the connection, and told when it is asked to.
      await connection.read((session) => session.query('SELECT pg_stat_force_next_flush()'));
      return metadata.database.query(
        `SELECT relname, seq_scan FROM pg_stat_user_tables
         WHERE relname IN ('dag_run', 'log', 'task_instance', 'task_instance_history') ORDER BY relname`,
      );
    };
    try {
      const schema = await connection.read(readSchema);
      const watch = new RunWatch();
      const api = createMetadataApi(connection, schema, {
        logger,
        signal: undefined,
        watch,
        overlapSeconds: 60,
      });
      const look = () =>
        api.changedIn({ from: Date.now() / 1000 - 60, to: null }, { maxRows: 100, isTimeoutFinal: true });
      // What the making of the tables has scanned must not be told in between.
      await metadata.database.query('SELECT pg_stat_force_next_flush()');
      const unused = await scans();
      await look();
      const first = await scans();
      expect(first, 'the first look reads all of dag_run').not.toEqual(unused);
      await look();
      expect(await scans()).toEqual(first);
    } finally {
      await connection.close();
    }
  });
});
