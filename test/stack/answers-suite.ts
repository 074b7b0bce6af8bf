import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LedgerAction } from '../../actions/index.js';
import { verifyAudit } from '../../actions/audit/index.js';
import type { ActionEngine } from '../../actions/index.js';
import type { Trial, TrialSettings } from './acting-engine.js';
import { countTries, untilRun, type ActionsWorld } from './actions-world.js';
import { snapshotAirflow, type AirflowSnapshot } from './airflow-snapshot.js';
import { startFaultProxy, type Fault, type FaultProxy } from './fault-proxy.js';

const MINUTE = 60;
/** A call whose answer is lost is given up after so long. */
const LOST_SECONDS = 12 * MINUTE;
const AT_ONCE = { mode: 'automatic', delay_minutes: 0, note: false };
const NO_RETRY = { mode: 'shadow', note: false };
const REPAIR = {
  dag_id: 'outage',
  classes: ['transient_infrastructure'],
  start: 'repair',
  conf: { scope: 'full' },
};

/** What Airflow answers to a change, and what a ledger makes of it. */
export function answersSuite(world: () => ActionsWorld): void {
  let proxy: FaultProxy;
  /** Changes of Airflow that were asked for, dry runs included. */
  let asked: string[];

  beforeAll(async () => {
    proxy = await startFaultProxy(world().airflow.url);
  });
  afterAll(() => proxy.stop());

  const snapshot = (): Promise<AirflowSnapshot> =>
    snapshotAirflow(world().metadata, ['outage', 'memory', 'repair']);

  /** Something becomes of one change: the so-manieth request to a path that ends so. A clearing has a dry run before it. */
  function meet(ending: string, nth: number, fault: Fault): void {
    asked = [];
    proxy.faultOf = (_number, { method, url = '' }) => {
      const path = url.split('?')[0]!;
      if ((method !== 'POST' && method !== 'PATCH') || !path.endsWith(ending)) return null;
      asked.push(path);
      return asked.length === nth ? fault : null;
    };
  }

  /** An engine that acts by itself, in a store of its own. */
  async function acting(
    settings: TrialSettings,
    work: (trial: Trial, engine: ActionEngine) => Promise<void>,
  ): Promise<void> {
    const trial = await world().store.trial(proxy.url);
    try {
      for (const kind of ['retry', 'trigger', 'resize_pool'] as const) await trial.earn(kind);
      await work(trial, trial.engine(settings));
      expect((await verifyAudit(trial.database)).firstBreak).toBeNull();
    } finally {
      proxy.faultOf = () => null;
      await trial.close();
    }
  }

  /** Passes of a day after which nothing is sent again. */
  async function lookAgain(trial: Trial, engine: ActionEngine): Promise<void> {
    const sent = asked.length;
    for (const ahead of [MINUTE, LOST_SECONDS, 3 * 3600]) {
      trial.ahead = ahead;
      await engine.pass();
    }
    expect(asked).toHaveLength(sent);
  }

  const retried = (trial: Trial): Promise<LedgerAction> => trial.action('retry', 'outage');
  const tries = (): Promise<number> => countTries(world().admin, 'outage', world().failedRun);
  const failsAgain = (): Promise<void> => untilRun(world().admin, 'outage', world().failedRun, 'failed');

  describe('an answer of Airflow', () => {
    it.each([
      [409, 'rejected'],
      [422, 'rejected'],
      [404, 'not_found'],
      [403, 'forbidden'],
    ])('%i refuses a retry, which is in the ledger as %s and not tried again', async (status, refusal) => {
      const before = await snapshot();
      meet('/clearTaskInstances', 2, { kind: 'status', status });
      await acting({ actions: { retry: AT_ONCE } }, async (trial, engine) => {
        await engine.pass();
        const action = await retried(trial);
        expect(action).toMatchObject({ state: 'refused', refusal });
        expect(action.reason).toContain(String(status));
        await lookAgain(trial, engine);
      });
      expect(await snapshot()).toEqual(before);
    });

    it('500 that did nothing is looked after, and is a failure once no request can be under way any more', async () => {
      const before = await snapshot();
      meet('/clearTaskInstances', 2, { kind: 'status', status: 500 });
      await acting({ actions: { retry: AT_ONCE } }, async (trial, engine) => {
        await engine.pass();
        expect(await retried(trial)).toMatchObject({ state: 'calling' });
        await lookAgain(trial, engine);
        expect(await retried(trial)).toMatchObject({
          ...{ state: 'refused', refusal: 'airflow_failed' },
          reason: expect.stringContaining('no trace of the call') as string,
        });
      });
      expect(await snapshot()).toEqual(before);
    });

    it('403 is what the real Airflow says to a user who may only look', async () => {
      const before = await snapshot();
      await acting({ acting: 'viewer', actions: { retry: AT_ONCE } }, async (trial, engine) => {
        await engine.pass();
        expect(await retried(trial)).toMatchObject({ state: 'refused', refusal: 'forbidden' });
      });
      expect(await snapshot()).toEqual(before);
    });

    it.each<[string, Fault]>([
      ['500', { kind: 'disguise', status: 500 }],
      ['409', { kind: 'disguise', status: 409 }],
      ['none until the time is out,', { kind: 'silence' }],
    ])('%s after it was done is found out, and it is not done twice', async (_name, fault) => {
      const before = await tries();
      meet('/clearTaskInstances', 2, fault);
      await acting({ actions: { retry: AT_ONCE } }, async (trial, engine) => {
        await engine.pass();
        expect(await retried(trial)).toMatchObject({ state: 'done', refusal: null });
        await lookAgain(trial, engine);
      });
      await failsAgain();
      expect(await tries()).toBe(before + 1);
    });

    it('finds that a person has cleared the run at the same moment: tried once more, and done', async () => {
      const before = await tries();
      const { airflow, failedRun } = world();
      const work = (): Promise<void> => airflow.clear('outage', failedRun, null);
      meet('/clearTaskInstances', 2, { kind: 'after', work });
      await acting({ actions: { retry: AT_ONCE } }, async (trial, engine) => {
        await engine.pass();
        expect(await retried(trial)).toMatchObject({ state: 'done' });
      });
      await failsAgain();
      expect(await tries()).toBe(before + 1);
    });
  });

  describe('a DAG that is started after a failure', () => {
    const runsOfRepair = async (): Promise<number> =>
      (await snapshot()).runs.filter((line) => line.startsWith('repair ')).length;
    const rules = { rules: [REPAIR] };

    it('is only recorded in shadow', async () => {
      await acting({ actions: { trigger: rules, retry: NO_RETRY } }, async (trial, engine) => {
        await engine.pass();
        expect(await trial.action('trigger', 'outage')).toMatchObject({ state: 'shadowed' });
        expect(await retried(trial)).toMatchObject({ state: 'shadowed' });
      });
      expect(await runsOfRepair()).toBe(0);
    });

    it('runs once, though a gateway delivers the request twice, and knows for which failure', async () => {
      meet('/dagRuns', 1, { kind: 'twice' });
      const settings = { actions: { trigger: { mode: 'automatic', ...rules } } };
      let runId = '';
      await acting(settings, async (trial, engine) => {
        await engine.pass();
        const action = await trial.action('trigger', 'outage');
        expect(action).toMatchObject({ state: 'done', runId: world().failedRun, targetDagId: 'repair' });
        if (action.request.kind === 'trigger') runId = action.request.runId;
        // Its task fails unless it was told what it is for.
        await untilRun(world().admin, 'repair', runId, 'success');
        trial.ahead = MINUTE;
        await engine.pass();
        expect(await trial.action('trigger', 'outage')).toMatchObject({ helped: true });
      });
      expect(await runsOfRepair()).toBe(1);
      // As if the ledger had been lost.
      await acting(settings, async (trial, engine) => {
        await engine.pass();
        const refused = { state: 'refused', refusal: 'already_so' };
        expect(await trial.action('trigger', 'outage')).toMatchObject(refused);
      });
      expect(await runsOfRepair()).toBe(1);
    });
  });

  describe('a pool that somebody deletes', () => {
    const pool = { mode: 'automatic', growth_percent: 100, expire_minutes: 30 };
    const settings = { actions: { pool, retry: NO_RETRY } };
    const grown = async (trial: Trial): Promise<LedgerAction[]> =>
      (await trial.actions()).filter((row) => row.pool === 'crowd');

    it('after it has grown is not made again to be given its size back', async () => {
      await acting(settings, async (trial, engine) => {
        trial.ahead = 15 * MINUTE;
        await engine.pass();
        expect(await world().admin.site.pool('crowd')).toMatchObject({ slots: 4 });
        await world().airflow.deletePool('crowd');
        trial.ahead = 50 * MINUTE;
        await engine.pass();
        expect(await grown(trial)).toMatchObject([
          { state: 'refused', refusal: 'not_found', follows: expect.any(Number) as number },
          { state: 'done' },
        ]);
      });
    });

    it('between the look at it and the call is refused by Airflow, and there is nothing to give back', async () => {
      await world().airflow.createPool('crowd', 2);
      meet('/pools/crowd', 1, { kind: 'after', work: () => world().airflow.deletePool('crowd') });
      await acting(settings, async (trial, engine) => {
        trial.ahead = 15 * MINUTE;
        await engine.pass();
        expect(await grown(trial)).toMatchObject([
          { follows: expect.any(Number) as number },
          { state: 'refused', refusal: 'not_found' },
        ]);
        trial.ahead = 50 * MINUTE;
        await engine.pass();
        expect((await grown(trial))[0]).toMatchObject({ state: 'refused', refusal: 'not_needed' });
      });
      expect(await world().admin.site.pool('crowd')).toBeNull();
    });
  });
}
