/** The engine of actions on a real Airflow, through kills and silences. */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSite, type OpenSite } from '../../actions/index.js';
import { silentLogger } from '../../core/logger.js';
import { ActingOrc } from './acting-orc.js';
import { CollectorAirflow } from './collector-airflow.js';
import { startFaultProxy, type Fault, type FaultProxy } from './fault-proxy.js';
import { until } from './until.js';

/** What the task of the DAG `outage` connects to. */
const OUTAGE_PORT = 19_445;
process.env['OUTAGE_PORT'] = String(OUTAGE_PORT);

const airflow = new CollectorAirflow(19_380, 16_839, undefined, { folder: 'action-dags', count: 5 });
const directory = mkdtempSync(join(tmpdir(), 'orc-acting-'));
let proxy: FaultProxy;
let orc: ActingOrc;
let admin: OpenSite;
let database: Server | undefined;

/** In which the engine looks twice at what there is to do. */
const TWO_PASSES_MS = 11_000;

/** What the tasks of `outage` need is there. */
async function recover(): Promise<void> {
  database = createServer((socket) => socket.end()).listen(OUTAGE_PORT, '127.0.0.1');
  await once(database, 'listening');
}

async function breakDown(): Promise<void> {
  if (database === undefined) return;
  const closed = once(database, 'close');
  database.close();
  await closed;
  database = undefined;
}

const stateOf = async (dagId: string, runId: string): Promise<string | undefined> =>
  (await admin.site.run(dagId, runId))?.state;
const untilRun = (dagId: string, runId: string, state: string): Promise<void> =>
  until(async () => (await stateOf(dagId, runId)) === state, 180, `run ${runId} is ${state}`);

/** Something becomes of the next clearing that is not a dry run: the second of two requests. */
function meetClearing(fault: Fault): void {
  let clearings = 0;
  proxy.faultOf = (_number, { method, url }) => {
    if (method !== 'POST' || url?.endsWith('/clearTaskInstances') !== true) return null;
    clearings++;
    return clearings === 2 ? fault : null;
  };
}

/** Tries of the task `ask` in a run, as Airflow counts them. */
async function tries(runId: string): Promise<number | undefined> {
  return (await admin.site.failedInstances('outage', runId))?.find(({ taskId }) => taskId === 'ask')
    ?.tryNumber;
}

beforeAll(async () => {
  await airflow.start();
  await airflow.createDatabase('orc');
  await airflow.createPool('crowd', 1);
  proxy = await startFaultProxy(airflow.url);
  admin = await openSite(
    { name: 'stack', baseUrl: airflow.url, username: 'admin', password: 'admin' },
    { logger: silentLogger() },
  );
  orc = await ActingOrc.start({
    directory,
    databaseUrl: airflow.metadataUrl.replace(/airflow$/, 'orc'),
    airflowUrl: proxy.url,
    actions: {
      retry: { mode: 'automatic', delay_minutes: 0.25 },
      pool: { mode: 'automatic', starving_minutes: 1, growth_percent: 100, expire_minutes: 1 },
      held_out_share: 0,
      limits: { per_hour: 20, cooldown_minutes: 0 },
    },
  });
});

afterAll(async () => {
  await orc.stop();
  await admin.close();
  await proxy.stop();
  await breakDown();
  airflow.stop();
  rmSync(directory, { recursive: true, force: true });
});

describe('the engine on a real Airflow', () => {
  it('is automatic once that is earned and a person says so', async () => {
    await expect(orc.run('actions', 'promote', 'retry', '--deployment', 'other')).rejects.toThrow(
      'has not earned it',
    );
    expect(await orc.run('actions', 'promote', 'retry', '--deployment', 'stack')).toContain(
      'may be automatic',
    );
    expect(await orc.run('actions', 'promote', 'resize_pool', '--deployment', 'stack')).toContain(
      'minutes saved',
    );
    // Two replicas: one leads.
    await Promise.all([orc.up(), orc.up()]);
  });

  it('retries a run when the outage has passed, once, and it succeeds', async () => {
    const runId = await airflow.trigger('outage');
    await orc.untilAction(runId, 'approved');
    await recover();
    await untilRun('outage', runId, 'success');
    const helped = 'SELECT FROM action WHERE run_id = $1 AND helped';
    await until(
      async () => (await orc.store.query(helped, [runId])).length === 1,
      120,
      'the ledger knows that it helped',
    );
    expect(await orc.ledger(runId)).toMatchObject([
      {
        kind: 'retry',
        state: 'done',
        cause: 'transient_infrastructure',
        mode: 'automatic',
        decidedBy: 'orc',
      },
      { kind: 'note', state: 'done' },
    ]);
    expect((await admin.site.run('outage', runId))?.note).toMatch(/^ORC AI ran this again/);
    await breakDown();
  });

  it('leaves a run alone that needs more memory, and recommends', async () => {
    const runId = await airflow.trigger('memory');
    await orc.untilAction(runId, 'recommended');
    await sleep(TWO_PASSES_MS);
    expect(await orc.ledger(runId)).toMatchObject([
      {
        state: 'recommended',
        cause: 'resource',
        reason: expect.stringContaining('as much memory') as string,
      },
    ]);
    expect(await stateOf('memory', runId)).toBe('failed');
  });

  it('does nothing while it is stopped', async () => {
    await orc.run('actions', 'stop');
    const runId = await airflow.trigger('outage');
    await orc.untilAction(runId, 'refused');
    expect(await orc.ledger(runId)).toMatchObject([{ refusal: 'stopped' }]);
    await orc.run('actions', 'resume');
    expect(await stateOf('outage', runId)).toBe('failed');
  });

  it('finds out, after a kill, that Airflow had done what it was asked for', async () => {
    meetClearing({ kind: 'silence' });
    const runId = await airflow.trigger('outage');
    await orc.untilAction(runId, 'calling');
    const isCleared = async (): Promise<boolean> =>
      (await stateOf('outage', runId)) !== 'failed' || (await tries(runId)) === 2;
    await until(isCleared, 60, 'Airflow has cleared the run');
    await orc.kill('SIGKILL');
    proxy.faultOf = () => null;
    await untilRun('outage', runId, 'failed');
    await orc.up();
    await orc.untilAction(runId, 'done');
    expect((await orc.ledger(runId))[0]).toMatchObject({ kind: 'retry', state: 'done' });
    await sleep(TWO_PASSES_MS);
    expect(await tries(runId)).toBe(2);
  });

  it('does not send a call again that a kill has cut off before it arrived', async () => {
    meetClearing({ kind: 'swallow' });
    const runId = await airflow.trigger('outage');
    await orc.untilAction(runId, 'calling');
    await orc.kill('SIGKILL');
    proxy.faultOf = () => null;
    await orc.up();
    await sleep(TWO_PASSES_MS);
    expect(await orc.ledger(runId)).toMatchObject([
      { state: 'calling' },
      { kind: 'note', state: 'approved' },
    ]);
    expect(await tries(runId)).toBe(1);
  });

  it('relieves a starving pool, and gives it its size back although it was killed in between', async () => {
    await airflow.trigger('crowd');
    const slots = async (): Promise<number | undefined> => (await admin.site.pool('crowd'))?.slots;
    await until(async () => (await slots()) === 2, 180, 'the pool has grown');
    await orc.untilAction('crowd', 'done');
    await orc.kill('SIGKILL');
    await sleep(60_000);
    expect(await slots()).toBe(2);
    await orc.up();
    await until(async () => (await slots()) === 1, 60, 'the pool has its size back');
    expect(await orc.ledger('crowd')).toMatchObject([
      { state: 'done', cause: 'starving_pool', request: { slots: 2, seenSlots: 1 } },
      { follows: expect.any(Number) as number, request: { slots: 1, seenSlots: 2 } },
    ]);
    expect(await orc.run('audit', 'verify')).toMatch(/./);
  });
});
