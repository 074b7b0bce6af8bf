import { afterEach, describe, expect, it } from 'vitest';
import { openSite, performCall, prepareCall, reconcileCall, undoOf } from '../../../actions/index.js';
import type { ActionRequest, CallResult, OpenSite, PreparedCall } from '../../../actions/index.js';
import { silentLogger } from '../../../core/logger.js';
import type { FakeAirflow } from '../../collector/airflow/fake-airflow.js';
import type { FakeWorld } from '../../collector/airflow/fake-rows.js';
import { addDag, addInstance, addRun, emptyWorld, pool, T0 } from '../../collector/airflow/fake-world.js';
import { WritableAirflow2 } from './writable-airflow-2.js';
import { WritableAirflow } from './writable-airflow.js';

const DAG = 'sales';
const RUN = 'manual__1';
const RETRY: ActionRequest = { kind: 'retry', dagId: DAG, runId: RUN };
const RESIZE: ActionRequest = { kind: 'resize_pool', pool: 'etl', slots: 8, seenSlots: 4 };

/** One failed run: a task that failed, one that did not run because of it, one that succeeded. */
function failedWorld(): FakeWorld {
  const world = emptyWorld();
  addDag(world, DAG, ['extract', 'load', 'report']);
  const run = addRun(world, DAG, RUN, T0, { state: 'failed' });
  addInstance(world, run, 'extract');
  addInstance(world, run, 'load', { state: 'failed', try_number: 2 });
  addInstance(world, run, 'report', { state: 'upstream_failed', try_number: 0 });
  world.pools.push({ ...pool('etl', 4), include_deferred: true, description: 'loads' });
  return world;
}

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function siteOf(fake: FakeAirflow, timeoutSeconds = 5): Promise<OpenSite['site']> {
  await fake.start();
  cleanups.push(() => fake.stop());
  const connection = { name: 'test', baseUrl: fake.url, username: 'viewer', password: fake.password };
  const opened = await openSite(
    { ...connection, timeoutSeconds },
    { logger: silentLogger(), clock: () => fake.world.now },
  );
  cleanups.push(() => opened.close());
  return opened.site;
}

/** Prepares and performs. */
async function act(
  site: OpenSite['site'],
  request: ActionRequest,
): Promise<CallResult & { call?: PreparedCall }> {
  const ready = await prepareCall(site, request);
  if (ready.outcome !== 'ready') return ready;
  // As the ledger does between the two.
  const call = { request, before: JSON.parse(JSON.stringify(ready.before)) as unknown };
  return { ...(await performCall(site, call)), call };
}

describe('retry', () => {
  it('clears what failed and what did not run because of it, and puts the run back into the queue', async () => {
    const fake = new WritableAirflow(failedWorld());
    const site = await siteOf(fake);
    expect(await act(site, RETRY)).toMatchObject({ outcome: 'done', after: { state: 'queued' } });
    expect(fake.changes).toHaveLength(1);
    expect(fake.changes[0]).toMatchObject({
      line: `POST /api/v2/dags/${DAG}/clearTaskInstances`,
      body: {
        dag_run_id: RUN,
        only_failed: true,
        reset_dag_runs: true,
        dry_run: false,
        include_future: false,
      },
    });
    expect(fake.world.instances.map(({ state }) => state)).toEqual(['success', null, null]);
  });

  it.each<[string, (world: FakeWorld) => void, string, RegExp]>([
    ['the run has ended well meanwhile', (w) => (w.runs[0]!.state = 'success'), 'changed', /is success/],
    ['a person has cleared it', (w) => (w.runs[0]!.state = 'running'), 'changed', /is running/],
    ['the DAG is paused', (w) => (w.dags[0]!.is_paused = true), 'paused', /paused/],
    ['the DAG has left', (w) => (w.dags[0]!.is_stale = true), 'not_found', /no active DAG sales/],
    ['there is no such DAG', (w) => w.dags.splice(0), 'not_found', /no active DAG sales/],
    ['there is no such run', (w) => w.runs.splice(0), 'not_found', /no run manual__1/],
    ['nothing failed in it', (w) => w.instances.splice(1), 'changed', /no failed task instance/],
    [
      'more failed than an automaton should touch',
      (w) => {
        for (let i = 0; i < 101; i++) addInstance(w, w.runs[0]!, 'load', { state: 'failed', map_index: i });
      },
      'too_much',
      /more than 100/,
    ],
  ])('is refused when %s', async (_, change, reason, message) => {
    const fake = new WritableAirflow(failedWorld());
    change(fake.world);
    const result = await act(await siteOf(fake), RETRY);
    expect(result).toMatchObject({
      outcome: 'refused',
      reason,
      message: expect.stringMatching(message) as unknown,
    });
    expect(fake.changes).toEqual([]);
  });

  it('is refused when the dry run would clear something else', async () => {
    const fake = new WritableAirflow(failedWorld());
    const site = await siteOf(fake);
    fake.interfere = ({ path }) =>
      path.endsWith('/clearTaskInstances')
        ? { status: 200, body: '{"task_instances":[{"task_id":"extract","map_index":-1}]}' }
        : undefined;
    const result = await act(site, RETRY);
    expect(result).toMatchObject({ reason: 'dry_run_differs' });
    expect(result).toMatchObject({ message: 'Airflow would clear extract instead of load, report' });
  });

  it('sees that it was done although Airflow answered 500 or nothing', async () => {
    for (const answerAfterChange of [
      { status: 500, answer: {} },
      { status: 504, answer: {} },
    ]) {
      const fake = new WritableAirflow(failedWorld());
      fake.answerAfterChange = answerAfterChange;
      expect(await act(await siteOf(fake), RETRY)).toMatchObject({ outcome: 'done' });
      expect(fake.changes).toHaveLength(1);
    }
  });

  it('stays unknown when nothing can be seen yet, and is reconciled by reading what happened to the tries', async () => {
    const fake = new WritableAirflow(failedWorld());
    const site = await siteOf(fake);
    const ready = await prepareCall(site, RETRY);
    if (ready.outcome !== 'ready') throw new Error(ready.message);
    fake.interfere = ({ path }) => (path.endsWith('/clearTaskInstances') ? 'reset' : undefined);
    const call = { request: RETRY, before: ready.before };
    expect(await performCall(site, call)).toMatchObject({ outcome: 'unknown' });
    expect(await reconcileCall(site, call)).toEqual({ outcome: 'absent' });
    // Airflow comes to it late; the next try has failed too by then.
    Object.assign(fake.world.instances[1]!, { try_number: 3 });
    expect(await reconcileCall(site, call)).toMatchObject({ outcome: 'done' });
    fake.world.runs.splice(0);
    fake.world.instances.splice(0);
    expect(await reconcileCall(site, call)).toEqual({ outcome: 'absent' });
  });

  it('names the defect of Airflow 3.3 with deadlines that count from the queueing', async () => {
    const fake = new WritableAirflow({ ...failedWorld(), version: '3.3.2' });
    const site = await siteOf(fake);
    const ready = await prepareCall(site, RETRY);
    if (ready.outcome !== 'ready') throw new Error(ready.message);
    let hasDeadline = true;
    fake.interfere = ({ path }) => {
      if (path.endsWith('/clearTaskInstances')) return { status: 500, body: '{"detail":"TypeError"}' };
      if (path.startsWith('/ui/')) return { status: 200, body: `{"total_entries":${hasDeadline ? 1 : 0}}` };
      return undefined;
    };
    const call = { request: RETRY, before: ready.before };
    expect(await performCall(site, call)).toMatchObject({
      outcome: 'refused',
      reason: 'airflow_failed',
      message: expect.stringMatching(/Airflow 3\.3\.2 keeps a deadline .*DAGRUN_QUEUED_AT/) as unknown,
    });
    hasDeadline = false;
    expect(await performCall(site, call)).toMatchObject({ outcome: 'unknown' });
  });
});

describe('pools', () => {
  it('are resized with their other settings kept, and back', async () => {
    const fake = new WritableAirflow(failedWorld());
    const site = await siteOf(fake);
    const { call, ...result } = await act(site, RESIZE);
    expect(result).toMatchObject({ outcome: 'done', after: { slots: 8 } });
    expect(fake.changes[0]!.body).toEqual({
      pool: 'etl',
      slots: 8,
      include_deferred: true,
      description: 'loads',
    });
    const undo = undoOf(call!)!;
    expect(undo).toEqual({ kind: 'resize_pool', pool: 'etl', slots: 4, seenSlots: 8 });
    expect(await act(site, undo)).toMatchObject({ outcome: 'done', after: { slots: 4 } });
    expect(await act(site, undo)).toMatchObject({ outcome: 'refused', reason: 'already_so' });
  });

  it('are left alone when a person has changed or deleted them', async () => {
    const fake = new WritableAirflow(failedWorld());
    const site = await siteOf(fake);
    fake.world.pools[1]!['slots'] = 5;
    expect(await act(site, RESIZE)).toMatchObject({ reason: 'changed' });
    fake.world.pools.pop();
    expect(await act(site, RESIZE)).toMatchObject({ reason: 'not_found' });
    expect(fake.changes).toEqual([]);
  });

  it('are not taken for resized when Airflow says yes and changes nothing', async () => {
    const fake = new WritableAirflow(failedWorld());
    const site = await siteOf(fake);
    fake.interfere = ({ method }) => (method === 'PATCH' ? { status: 200, body: '{}' } : undefined);
    expect(await act(site, RESIZE)).toMatchObject({ outcome: 'unknown' });
  });

  it('includes the default pool, which takes no other field', async () => {
    const fake = new WritableAirflow(failedWorld());
    const request: ActionRequest = { kind: 'resize_pool', pool: 'default_pool', slots: 130, seenSlots: 128 };
    expect(await act(await siteOf(fake), request)).toMatchObject({ outcome: 'done' });
    expect(fake.changes[0]!.body).toEqual({ slots: 130 });
  });
});

describe('the other actions', () => {
  it('pause and unpause, once', async () => {
    const fake = new WritableAirflow(failedWorld());
    const site = await siteOf(fake);
    const { call, ...result } = await act(site, { kind: 'pause', dagId: DAG });
    expect(result).toMatchObject({ outcome: 'done', after: { isPaused: true } });
    expect(await act(site, { kind: 'pause', dagId: DAG })).toMatchObject({ reason: 'already_so' });
    expect(await act(site, undoOf(call!)!)).toMatchObject({ outcome: 'done' });
    expect(fake.world.dags[0]!.is_paused).toBe(false);
  });

  it('trigger a run under our id, once', async () => {
    const fake = new WritableAirflow(failedWorld());
    const site = await siteOf(fake);
    const request: ActionRequest = { kind: 'trigger', dagId: DAG, runId: 'orc__7', conf: { full: true } };
    const { call, ...result } = await act(site, request);
    expect(result).toMatchObject({ outcome: 'done', after: { state: 'queued' } });
    expect(undoOf(call!)).toBeNull();
    expect(await act(site, request)).toMatchObject({ reason: 'already_so' });
    expect(fake.changes).toMatchObject([{ body: { dag_run_id: 'orc__7', conf: { full: true } } }]);
  });

  it('add a line to a note and keep what a person wrote', async () => {
    const fake = new WritableAirflow(failedWorld());
    fake.notes.set(RUN, 'asked the vendor');
    const site = await siteOf(fake);
    const request: ActionRequest = { kind: 'note', dagId: DAG, runId: RUN, text: 'ORC: data, ask finance' };
    expect(await act(site, request)).toMatchObject({ outcome: 'done' });
    expect(fake.notes.get(RUN)).toBe('asked the vendor\nORC: data, ask finance');
    expect(await act(site, request)).toMatchObject({ reason: 'already_so' });
    fake.notes.set(RUN, 'x'.repeat(990));
    expect(await act(site, request)).toMatchObject({ reason: 'too_much' });
  });
});

describe('answers of Airflow', () => {
  it.each([
    [403, 'refused', 'forbidden'],
    [404, 'refused', 'not_found'],
    [409, 'refused', 'rejected'],
    [422, 'refused', 'rejected'],
    [500, 'unknown', undefined],
    [503, 'unknown', undefined],
  ])('%i to a change is %s (%s), asked once', async (status, outcome, reason) => {
    const fake = new WritableAirflow(failedWorld());
    const site = await siteOf(fake);
    let asked = 0;
    fake.interfere = ({ method }) => {
      if (method !== 'PATCH') return undefined;
      asked++;
      return { status, body: '{"detail":"no"}' };
    };
    const result = await act(site, { kind: 'pause', dagId: DAG });
    expect(result.outcome).toBe(outcome);
    expect('reason' in result ? result.reason : undefined).toBe(reason);
    expect(asked).toBe(1);
  });

  it('409 to a change that was made is done: a gateway has delivered it twice', async () => {
    const fake = new WritableAirflow(failedWorld());
    const site = await siteOf(fake);
    fake.answerAfterChange = { status: 409, answer: { detail: 'DAGRun exists' } };
    const request: ActionRequest = { kind: 'trigger', dagId: DAG, runId: 'orc__8', conf: {} };
    const { call, ...result } = await act(site, request);
    expect(call).toBeDefined();
    expect(result).toMatchObject({ outcome: 'done', after: { state: 'queued' } });
  });

  it('are refusals before anything is asked when Airflow is away', async () => {
    const fake = new WritableAirflow(failedWorld());
    const site = await siteOf(fake);
    fake.interfere = () => ({ status: 503 });
    expect(await act(site, RETRY)).toMatchObject({ outcome: 'refused', reason: 'unreachable' });
  });
});

describe('Airflow 2', () => {
  it('retries a run, telling to reset it, and pauses and resizes', async () => {
    const fake = new WritableAirflow2({ ...failedWorld(), instances: failedWorld().instances.slice(0, 2) });
    const site = await siteOf(fake);
    expect(await act(site, RETRY)).toMatchObject({ outcome: 'done', after: { state: 'queued' } });
    expect(fake.changes[0]!.body).toMatchObject({ reset_dag_runs: true, dry_run: false });
    expect(await act(site, { kind: 'pause', dagId: DAG })).toMatchObject({ outcome: 'done' });
    expect(await act(site, RESIZE)).toMatchObject({ outcome: 'done' });
    expect(fake.changes.at(-1)!.body).toEqual({ name: 'etl', slots: 8 });
  });
});
