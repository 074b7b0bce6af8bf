import { createServer } from 'node:net';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSite, performCall, prepareCall, undoOf } from '../../actions/index.js';
import type { ActionRequest, CallResult, OpenSite } from '../../actions/index.js';
import { connect } from '../../core/database/pool.js';
import type { Database } from '../../core/database/port.js';
import { silentLogger } from '../../core/logger.js';
import { CollectedStore } from './acting-engine.js';
import { untilRun as untilRunOf, type ActionsWorld } from './actions-world.js';
import { answersSuite } from './answers-suite.js';
import { CollectorAirflow } from './collector-airflow.js';
import { guardrailsSuite } from './guardrails-suite.js';
import { peopleSuite } from './people-suite.js';
import { until } from './until.js';

/** What the task of the DAG `outage` connects to. */
const OUTAGE_PORT = 19_145;
process.env['OUTAGE_PORT'] = String(OUTAGE_PORT);
const DAG = 'outage';

const airflow = new CollectorAirflow(19_080, 16_639, undefined, { folder: 'action-dags', count: 5 });
let admin: OpenSite;
let viewer: OpenSite;

const open = (user: string): Promise<OpenSite> =>
  openSite(
    { name: 'stack', baseUrl: airflow.url, username: user, password: user },
    { logger: silentLogger() },
  );

async function act(
  { site }: OpenSite,
  request: ActionRequest,
): Promise<CallResult & { readonly before?: unknown }> {
  const ready = await prepareCall(site, request);
  if (ready.outcome !== 'ready') return ready;
  return { ...(await performCall(site, { request, before: ready.before })), before: ready.before };
}

const untilRun = (runId: string, state: string): Promise<void> => untilRunOf(admin, DAG, runId, state);

beforeAll(async () => {
  await airflow.start();
  admin = await open('admin');
  viewer = await open('viewer');
});

afterAll(async () => {
  await admin.close();
  await viewer.close();
  airflow.stop();
});

describe('calls to a real Airflow', () => {
  it('retry a run once its outage has passed, which then succeeds; asked five times, once', async () => {
    const runId = await airflow.trigger(DAG);
    await untilRun(runId, 'failed');
    const request: ActionRequest = { kind: 'retry', dagId: DAG, runId };
    expect(await act(viewer, request)).toMatchObject({ outcome: 'refused', reason: 'forbidden' });
    expect(
      (await admin.site.failedInstances(DAG, runId))?.map(({ taskId, state }) => `${taskId} ${state}`).sort(),
    ).toEqual(['ask failed', 'report upstream_failed']);
    const server = createServer().listen(OUTAGE_PORT, '127.0.0.1');
    await once(server, 'listening');
    try {
      const results: CallResult[] = [];
      for (let delivery = 0; delivery < 5; delivery++) results.push(await act(admin, request));
      expect(results.map(({ outcome }) => outcome)).toEqual(['done', ...Array<string>(4).fill('refused')]);
      expect(results[1]).toMatchObject({ reason: 'changed' });
      await untilRun(runId, 'success');
    } finally {
      server.close();
    }
  });

  it.each(['default_pool', 'etl'])('resize the pool %s and give it its size back', async (pool) => {
    if (pool === 'etl') await airflow.createPool(pool, 4);
    const before = (await admin.site.pool(pool))!;
    const request: ActionRequest = {
      kind: 'resize_pool',
      pool,
      slots: before.slots + 2,
      seenSlots: before.slots,
    };
    const grown = await act(admin, request);
    expect(grown).toMatchObject({ outcome: 'done', after: { ...before, slots: before.slots + 2 } });
    expect(await act(admin, { ...request, slots: before.slots + 4 })).toMatchObject({ reason: 'changed' });
    const undo = undoOf({ request, before: grown.before })!;
    expect(await act(admin, undo)).toMatchObject({ outcome: 'done', after: before });
  });

  it('pause and unpause, trigger under our own id, and keep the note of a run', async () => {
    expect(await act(viewer, { kind: 'pause', dagId: DAG })).toMatchObject({ reason: 'forbidden' });
    expect(await act(admin, { kind: 'pause', dagId: DAG })).toMatchObject({ outcome: 'done' });
    const trigger: ActionRequest = { kind: 'trigger', dagId: DAG, runId: 'orc__1', conf: {} };
    expect(await act(admin, trigger)).toMatchObject({ outcome: 'refused', reason: 'paused' });
    expect(await act(admin, { kind: 'unpause', dagId: DAG })).toMatchObject({ outcome: 'done' });
    expect(await act(admin, trigger)).toMatchObject({ outcome: 'done' });
    expect(await act(admin, trigger)).toMatchObject({ reason: 'already_so' });
    const note: ActionRequest = { kind: 'note', dagId: DAG, runId: 'orc__1', text: 'ORC: seen' };
    expect(await act(admin, note)).toMatchObject({
      outcome: 'done',
      after: { note: 'Triggered by ORC AI\nORC: seen' },
    });
  });
});

describe('the engine', () => {
  let world: ActionsWorld;
  let metadata: Database;

  beforeAll(async () => {
    await untilRun('orc__1', 'failed');
    await airflow.createDatabase('collected');
    const store = new CollectedStore(airflow.metadataUrl, airflow.url);
    await store.collect();
    // Six tasks that want two slots.
    await airflow.createPool('crowd', 2);
    for (let run = 0; run < 2; run++) await airflow.trigger('crowd');
    const failedRun = await airflow.trigger(DAG);
    await untilRun(failedRun, 'failed');
    metadata = await connect(airflow.metadataUrl, { logger: silentLogger(), applicationName: 'orc test' });
    const isCrowded = async (): Promise<boolean> =>
      (await metadata.query("SELECT FROM task_instance WHERE pool = 'crowd' AND state = 'scheduled'"))
        .length >= 2;
    await until(isCrowded, 120, 'tasks wait for the pool');
    await until(
      async () => (await store.collect()).includes(failedRun),
      60,
      'the log of the failure is read',
    );
    world = { airflow, admin, metadata, store, failedRun };
  });
  afterAll(() => metadata.close());

  describe('held back', () => {
    guardrailsSuite(() => world);
  });
  describe('answered', () => {
    answersSuite(() => world);
  });
  describe('told from outside', () => {
    peopleSuite(() => world);
  });
});
