import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadDagDependencies, loadImportErrors } from '../../../core/fact-log/read-surroundings.js';
import type { Database } from '../../../core/database/port.js';
import { formatInstant } from '../../../collector/airflow/instant.js';
import { KINDS } from '../../../collector/airflow/write-batch.js';
import { temporaryDatabase, type TemporaryDatabase } from '../../support/database.js';
import { FakeAirflow, type FakeRequest } from './fake-airflow.js';
import type { FakeWorld } from './fake-rows.js';
import { addAsset, addAssetEvent, addEventLog, addVersion, smallWorld } from './fake-world.js';
import { collect } from './harness.js';
import { FakeAirflow2 } from './v1/fake-airflow-2.js';

const HOUR = 3600;
const DAY = 86_400;
let temporary: TemporaryDatabase;
let database: Database;
let fake: FakeAirflow;

beforeEach(async () => {
  temporary = await temporaryDatabase();
  database = temporary.database;
});
afterEach(async () => {
  await fake.stop();
  await temporary.drop();
});

const APIS = [
  { api: 'REST v2', make: (world: FakeWorld) => new FakeAirflow(world) },
  { api: 'REST v1', make: (world: FakeWorld) => new FakeAirflow2(world) },
];

function fullWorld(): FakeWorld {
  const world = smallWorld();
  const { now } = world;
  addAsset(world, 's3://lake/orders', ['hourly', 'poll'], 'sales.daily');
  for (const age of [9 * DAY, 2 * DAY, HOUR]) addAssetEvent(world, 's3://lake/orders', now - age);
  const clear = { dry_run: false, dag_run_id: 'r', task_ids: ['poll'], note: 'never read' };
  addEventLog(world, 'post_clear_task_instances', now - 3 * DAY, {
    dag_id: 'hourly',
    extra: JSON.stringify(clear),
  });
  const extra = JSON.stringify({ host_name: 'vm' });
  const transition = { dag_id: 'hourly', task_id: 'poll', run_id: 'r', map_index: -1, try_number: 1, extra };
  for (const event of ['running', 'success']) addEventLog(world, event, now - 2 * DAY, transition);
  addEventLog(world, 'post_variable', now - DAY, {
    extra: JSON.stringify({ key: 'region', value: 'never read' }),
  });
  world.importErrors.push({
    import_error_id: 1,
    filename: 'broken.py',
    bundle_name: 'dags-folder',
    timestamp: formatInstant(now - 60),
    stack_trace: 'Traceback\n  File "/dags/broken.py", line 5, in <module>\nImportError: no module\n',
  });
  world.health = {
    scheduler: { latest_scheduler_heartbeat: formatInstant(now - 4) },
    triggerer: { latest_triggerer_heartbeat: null },
  };
  return world;
}

async function column(sql: string): Promise<unknown[]> {
  return (await database.query(sql)).map((row) => Object.values(row)[0]);
}

describe.each(APIS)('what surrounds the runs, over $api', ({ api, make }) => {
  async function serve(world: FakeWorld): Promise<FakeWorld> {
    fake = await make(world).start();
    return fake.world;
  }

  it('is collected once', async () => {
    await serve(fullWorld());
    const first = await collect(fake, database);
    expect(first).toMatchObject({
      assets: { appended: 1 },
      assetEvents: { appended: 3 },
      dagDependencies: { appended: 1 },
      importErrors: { appended: 1 },
      eventLog: { appended: 2 },
      platform: { appended: 2 },
      dagVersions: { appended: api === 'REST v2' ? 3 : 0 },
    });
    const dump = await column('SELECT to_jsonb(f)::text FROM event_log_fact f');
    expect(dump.join('\n')).not.toContain('never read');
    expect(await column('SELECT action FROM event_log_fact ORDER BY event_id')).toEqual([
      'clear',
      'variable',
    ]);
    expect(await column("SELECT run_id FROM event_log_fact WHERE action = 'clear'")).toEqual(['r']);
    expect(await column('SELECT message FROM import_error_fact')).toEqual([
      '/dags/broken.py, line 5: ImportError: no module',
    ]);
    expect(await database.query('SELECT name, value FROM platform_fact ORDER BY name')).toEqual([
      { name: 'dag_processing_import_errors', value: 1 },
      { name: 'scheduler_heartbeat_age_seconds', value: expect.closeTo(4, -1) as number },
    ]);

    fake.world.now += 60;
    const again = await collect(fake, database);
    const fresh = KINDS.filter((kind) => again[kind].appended > 0);
    expect(fresh).toEqual(['platform']);
  });

  it('follows what comes and goes', async () => {
    const world = await serve(fullWorld());
    await collect(fake, database);
    world.now += HOUR;
    addAssetEvent(world, 's3://lake/orders', world.now - 10);
    addEventLog(world, api === 'REST v2' ? 'patch_dag' : 'api.patch_dag', world.now - 5, {
      dag_id: 'hourly',
    });
    world.assets.length = 0;
    world.importErrors.length = 0;
    const next = await collect(fake, database);
    expect(next).toMatchObject({
      assets: { appended: 1 },
      assetEvents: { appended: 1 },
      dagDependencies: { appended: 1 },
      importErrors: { appended: 1 },
      eventLog: { appended: 1 },
    });
    expect(await column('SELECT is_active FROM asset_fact ORDER BY fact_id')).toEqual([true, false]);
    expect(await column('SELECT is_resolved FROM import_error_fact ORDER BY fact_id')).toEqual([false, true]);
    expect(await loadDagDependencies(database, 'test')).toEqual([]);
    expect(await loadImportErrors(database, 'test')).toEqual([]);
    const assumed = await column('SELECT visibility_assumed FROM asset_event_fact ORDER BY event_id');
    expect(assumed).toEqual([true, true, true, false]);
  });

  it('goes back to `since`, and further when that is asked for later', async () => {
    const world = await serve(fullWorld());
    const since = world.now - 2.5 * DAY;
    expect(await collect(fake, database, { since })).toMatchObject({
      assetEvents: { appended: 2 },
      eventLog: { appended: 1 },
    });
    expect(await collect(fake, database, { since: since - 7 * DAY })).toMatchObject({
      assetEvents: { appended: 1 },
      eventLog: { appended: 1 },
    });
    expect(await column('SELECT event_id FROM asset_event_fact ORDER BY event_id')).toEqual([1, 2, 3]);
  });

  it('is left out where the user may not read it, and the rest is collected', async () => {
    await serve(fullWorld());
    const optional = /assets|datasets|eventLogs|importErrors|health|dependencies|dagVersions/;
    const refuse = ({ path }: FakeRequest) =>
      optional.test(path) ? { status: 403, body: '{"detail":"Forbidden"}' } : undefined;
    fake.interfere = refuse;
    const refused = await collect(fake, database);
    expect(refused).toMatchObject({
      assets: { received: 0 },
      eventLog: { received: 0 },
      importErrors: { received: 0 },
      platform: { received: 0 },
    });
    expect(refused.tries.appended).toBeGreaterThan(0);
    fake.interfere = () => undefined;
    expect(await collect(fake, database)).toMatchObject({
      assetEvents: { appended: 3 },
      eventLog: { appended: 2 },
      importErrors: { appended: 1 },
    });
  });

  it('is left out where Airflow cannot answer it', async () => {
    await serve(fullWorld());
    fake.interfere = ({ path }) => (path.includes('eventLogs') ? { status: 500 } : undefined);
    expect(await collect(fake, database, { connection: { retryForSeconds: 0 } })).toMatchObject({
      assetEvents: { appended: 3 },
      eventLog: { received: 0 },
    });
  });

  it('is read in smaller spans where there is much of it', async () => {
    const world = await serve(fullWorld());
    for (let i = 0; i < 300; i++) {
      addEventLog(world, 'cli_check', world.now - 5 * DAY + i * 60);
      addAssetEvent(world, 's3://lake/orders', world.now - 5 * DAY + i * 60);
    }
    const tuning = { maxRows: 40 };
    const since = world.now - 10 * DAY;
    expect(await collect(fake, database, { tuning, since })).toMatchObject({
      eventLog: { appended: 302 },
      assetEvents: { appended: 303 },
    });
  });
});

describe('over REST v2', () => {
  it('finds triggers and sensors, and keeps them while they may not be read', async () => {
    const world = fullWorld();
    world.dependencies = {
      nodes: [{ id: 'trigger:a', label: 'start', type: 'trigger' }],
      edges: [
        { source_id: 'dag:hourly', target_id: 'trigger:a' },
        { source_id: 'trigger:a', target_id: 'dag:sales.daily' },
      ],
    };
    fake = await new FakeAirflow(world).start();
    await collect(fake, database);
    const both = await loadDagDependencies(database, 'test');
    expect(both.map(({ kind, via }) => [kind, via])).toEqual([
      ['asset', 's3://lake/orders'],
      ['trigger', 'start'],
    ]);
    world.now += HOUR;
    fake.interfere = ({ path }) => (path === '/ui/dependencies' ? { status: 404, body: '{}' } : undefined);
    await collect(fake, database);
    expect(await loadDagDependencies(database, 'test')).toEqual(both);
  });

  it('tells when the code of a DAG changed', async () => {
    const world = fullWorld();
    fake = await new FakeAirflow(world).start();
    await collect(fake, database);
    world.now += 60;
    addVersion(world, 'hourly');
    expect(await collect(fake, database)).toMatchObject({ dagVersions: { appended: 1 } });
    expect(
      await database.query(
        `SELECT version_number, visibility_assumed, extract(epoch FROM event_time)::double precision AS at
         FROM dag_version_fact WHERE dag_id = 'hourly' ORDER BY fact_id`,
      ),
    ).toEqual([
      { version_number: 1, visibility_assumed: true, at: world.now - 60 },
      { version_number: 2, visibility_assumed: expect.any(Boolean) as boolean, at: world.now },
    ]);
  });

  it('reads an import error once that Airflow counts for each DAG of its file', async () => {
    const world = fullWorld();
    fake = await new FakeAirflow(world).start();
    fake.interfere = ({ path }) =>
      path.endsWith('/importErrors')
        ? { status: 200, body: JSON.stringify({ import_errors: world.importErrors, total_entries: 130 }) }
        : undefined;
    expect(await collect(fake, database)).toMatchObject({ importErrors: { received: 1 } });
    expect(fake.count('/importErrors')).toBe(3);
  });
});
