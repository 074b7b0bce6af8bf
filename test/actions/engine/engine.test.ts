import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AirflowSite } from '../../../actions/airflow/site.js';
import { verifyAudit, readAudit } from '../../../actions/audit/index.js';
import {
  ACTION_STATES,
  changeAction,
  createActionEngine,
  readActions,
  setStopped,
} from '../../../actions/index.js';
import type { EngineOptions, LedgerAction } from '../../../actions/index.js';
import { AirflowError } from '../../../collector/airflow/index.js';
import { actionsSchema } from '../../../core/config/actions.js';
import { writeDagRuns, writeFailureReasons } from '../../../core/fact-log/write.js';
import type { FailureClass } from '../../../core/facts.js';
import { silentLogger } from '../../../core/logger.js';
import { dagRunObservation } from '../../core/fact-log/observations.js';
import { temporaryDatabase, type TemporaryDatabase } from '../../support/database.js';

const START = 1_800_000_000;
const MINUTE = 60;

/** An Airflow with one failed task per run; a clearing makes the run go on. */
class FakeSite implements Pick<AirflowSite, 'version' | 'dag' | 'run' | 'failedInstances' | 'clearFailed'> {
  readonly version = '3.2.1';
  readonly states = new Map<string, string>();
  cleared: string[] = [];
  /** Thrown by the next real clearing. */
  fault: { readonly error: Error; readonly isDone: boolean } | null = null;

  dag = () => Promise.resolve({ isActive: true, isPaused: false });
  run = (_dagId: string, runId: string) =>
    Promise.resolve({ state: this.states.get(runId) ?? 'failed', note: null });
  failedInstances = (_dagId: string, runId: string) =>
    Promise.resolve(
      (this.states.get(runId) ?? 'failed') === 'failed'
        ? [{ taskId: 'extract', mapIndex: -1, tryNumber: 1, state: 'failed' }]
        : [],
    );
  hasDeadlines = () => Promise.resolve(null);
  clearFailed = (_dagId: string, runId: string, dryRun: boolean) => {
    if (!dryRun) {
      const { fault } = this;
      this.fault = null;
      if (fault === null || fault.isDone) {
        this.cleared.push(runId);
        this.states.set(runId, 'queued');
      }
      if (fault !== null) return Promise.reject(fault.error);
    }
    return Promise.resolve([{ taskId: 'extract', mapIndex: -1 }]);
  };
}

let store: TemporaryDatabase;
let site: FakeSite;
let now: number;

beforeEach(async () => {
  store = await temporaryDatabase();
  site = new FakeSite();
  now = START + 5;
});
afterEach(() => store.drop());

function engine(settings: Record<string, unknown> = {}, change: Partial<EngineOptions> = {}) {
  return createActionEngine({
    database: store.database,
    config: actionsSchema.parse({ held_out_share: 0, retry: { mode: 'automatic' }, ...settings }),
    clock: () => now,
    logger: silentLogger(),
    withSite: () => (work) => work(site as unknown as AirflowSite),
    runState: async (_deployment, dagId, runId) => (await site.run(dagId, runId)).state,
    collectedAt: () => now - 10,
    calibrationError: () => null,
    ...change,
  });
}

/** A run fails now, as the collector would tell of it. */
async function fail(runId: string, failureClass: FailureClass, dagId = 'orders'): Promise<void> {
  const run = { deployment: 'prod', dagId, runId };
  const live = { source: 'test', knownAt: now, visibilityAssumed: false };
  await store.database.transaction(async (connection) => {
    const times = { runAfter: now - 60, queuedAt: now - 60, startedAt: now - 59, endedAt: now };
    await writeDagRuns(connection, [dagRunObservation({ ...run, ...times, state: 'failed' })], live);
    const reason = {
      ...run,
      ...{ taskId: 'extract', mapIndex: -1, tryNumber: 1, pool: null, failureClass, rule: null },
      ...{ templateId: null, template: null, evidence: 'x', unread: null, endedAt: now },
    };
    await writeFailureReasons(connection, [reason], live);
  });
}

const ledger = (): Promise<LedgerAction[]> =>
  readActions(store.database, { states: ACTION_STATES, limit: 100 });
const states = async (): Promise<string[]> => (await ledger()).map(({ state }) => state);

describe('the engine', () => {
  it('retries a transient failure once its time has come, once, and sees that it helped', async () => {
    await fail('r1', 'transient_infrastructure');
    const { pass } = engine();
    await pass();
    expect(await states()).toEqual(['approved']);
    expect(site.cleared).toEqual([]);
    now += 5 * MINUTE;
    for (let time = 0; time < 5; time++) await pass();
    expect(site.cleared).toEqual(['r1']);
    expect(await ledger()).toMatchObject([
      { state: 'done', cause: 'transient_infrastructure', decidedBy: 'orc' },
    ]);
    site.states.set('r1', 'success');
    now += MINUTE;
    await pass();
    const [row] = await store.database.query('SELECT helped FROM action');
    expect(row).toEqual({ helped: true });
  });

  it('only records in shadow, and tells the owner about what another try cannot help', async () => {
    await fail('r1', 'transient_infrastructure');
    await fail('r2', 'resource');
    const { pass } = engine({ retry: { mode: 'shadow' } });
    await pass();
    now += 10 * MINUTE;
    await pass();
    expect(await states()).toEqual(['recommended', 'shadowed']);
    expect(site.cleared).toEqual([]);
  });

  it('waits for a person in the mode approve', async () => {
    await fail('r1', 'transient_infrastructure');
    const { pass } = engine({ retry: { mode: 'approve', delay_minutes: 0 } });
    await pass();
    await pass();
    const [proposed] = await ledger();
    expect([proposed?.state, site.cleared]).toEqual(['proposed', []]);
    const approve = (who: string) =>
      changeAction(store.database, proposed!.id, ['proposed'], { state: 'approved', reason: 'ok' }, who, now);
    expect(
      await Promise.all([approve('ada'), approve('bob')]).then((all) => all.filter(Boolean).length),
    ).toBe(1);
    await pass();
    expect(site.cleared).toEqual(['r1']);
  });

  it('holds back by a guardrail, and names it', async () => {
    await fail('r1', 'transient_infrastructure');
    await setStopped(store.database, true, 'ada', now);
    const { pass } = engine({ retry: { mode: 'automatic', delay_minutes: 0 } });
    await pass();
    expect(await ledger()).toMatchObject(
      [{ state: 'refused', refusal: 'stopped', reason: /stopped by ada/ }].map(({ state, refusal }) => ({
        state,
        refusal,
      })),
    );
    expect(site.cleared).toEqual([]);
  });

  it('refuses when a person was faster', async () => {
    await fail('r1', 'transient_infrastructure');
    site.states.set('r1', 'running');
    await engine({ retry: { mode: 'automatic', delay_minutes: 0 } }).pass();
    expect(await ledger()).toMatchObject([{ state: 'refused', refusal: 'changed' }]);
  });

  it('counts its own calls: the second run of a DAG meets the cool-down', async () => {
    const { pass } = engine({ retry: { mode: 'automatic', delay_minutes: 0 } });
    await fail('r1', 'transient_infrastructure');
    await pass();
    now += MINUTE;
    await fail('r2', 'transient_infrastructure');
    await pass();
    expect(await ledger()).toMatchObject([
      { runId: 'r2', refusal: 'cooldown' },
      { runId: 'r1', state: 'done' },
    ]);
  });

  it('takes a time-out for done when Airflow has done it', async () => {
    await fail('r1', 'transient_infrastructure');
    site.fault = { error: new AirflowError('timeout', 'timed out', {}), isDone: true };
    await engine({ retry: { mode: 'automatic', delay_minutes: 0 } }).pass();
    expect(await states()).toEqual(['done']);
  });

  it('looks again after a call whose end nobody wrote down, and does not make it twice', async () => {
    await fail('r1', 'transient_infrastructure');
    await fail('r2', 'transient_infrastructure', 'other');
    await engine({ retry: { mode: 'automatic' } }).pass();
    // Killed after the intents were written: one request had arrived, the other had not.
    for (const { id } of await ledger()) {
      const before = { failed: [{ taskId: 'extract', mapIndex: -1, tryNumber: 1, state: 'failed' }] };
      const intent = { state: 'calling', reason: 'Airflow is asked', before } as const;
      await changeAction(store.database, id, ['approved'], intent, 'orc', now);
    }
    site.states.set('r1', 'queued');
    const restarted = engine({ retry: { mode: 'automatic' } });
    await restarted.pass();
    expect(await states()).toEqual(['calling', 'done']);
    now += 700;
    await restarted.pass();
    expect(await ledger()).toMatchObject([
      { runId: 'r2', state: 'refused', refusal: 'airflow_failed' },
      { runId: 'r1', state: 'done' },
    ]);
    expect(site.cleared).toEqual([]);
  });

  it('acts once when two replicas look at the same time', async () => {
    await fail('r1', 'transient_infrastructure');
    const replicas = [
      engine({ retry: { mode: 'automatic', delay_minutes: 0 } }),
      engine({ retry: { mode: 'automatic', delay_minutes: 0 } }),
    ];
    for (let time = 0; time < 3; time++) await Promise.all(replicas.map((replica) => replica.pass()));
    expect(site.cleared).toEqual(['r1']);
    expect(await ledger()).toHaveLength(1);
  });

  it('leaves what was held out alone, and looks at both arms after the same time', async () => {
    for (let run = 0; run < 40; run++) await fail(`r${run}`, 'transient_infrastructure', `dag_${run}`);
    const { pass } = engine({
      held_out_share: 0.5,
      retry: { mode: 'automatic', delay_minutes: 0 },
      limits: { per_hour: 100, per_day: 100 },
    });
    await pass();
    const arms = await store.database.query<{ arm: string; state: string; n: number }>(
      'SELECT arm, state, count(*)::int AS n FROM action GROUP BY arm, state ORDER BY arm',
    );
    expect(arms.map(({ arm, state }) => `${arm} ${state}`)).toEqual(['held_out held_out', 'treated done']);
    expect(arms.reduce((sum, { n }) => sum + n, 0)).toBe(40);
    for (const runId of site.cleared) site.states.set(runId, 'success');
    now += 121 * MINUTE;
    await pass();
    const judged = await store.database.query(
      'SELECT arm, run_failed FROM action GROUP BY arm, run_failed ORDER BY arm',
    );
    expect(judged).toEqual([
      { arm: 'held_out', run_failed: true },
      { arm: 'treated', run_failed: false },
    ]);
  });

  it('asks again later when Airflow is away, and gives up when it is too late', async () => {
    await fail('r1', 'transient_infrastructure');
    const away = engine(
      { retry: { mode: 'automatic', delay_minutes: 0 } },
      {
        withSite: () => () => Promise.reject(new AirflowError('unreachable', 'nothing listens', {})),
      },
    );
    await away.pass();
    expect(await states()).toEqual(['approved']);
    now += 7 * 3600;
    await away.pass();
    expect(await ledger()).toMatchObject([{ state: 'refused', refusal: 'too_late' }]);
  });

  it('ignores failures of the imported history', async () => {
    await store.database.transaction((connection) =>
      writeDagRuns(connection, [dagRunObservation({ state: 'failed', endedAt: now })], {
        ...{ source: 'test', knownAt: now, visibilityAssumed: true },
      }),
    );
    await engine().pass();
    expect(await ledger()).toEqual([]);
  });

  it('keeps an audit trail of every change that verifies', async () => {
    await fail('r1', 'transient_infrastructure');
    await engine({ retry: { mode: 'automatic', delay_minutes: 0 } }).pass();
    const told: string[] = [];
    for await (const { entry } of readAudit(store.database, null))
      told.push((JSON.parse(entry) as { what: string }).what);
    expect(told).toEqual(['action.approved', 'action.calling', 'action.done']);
    expect((await verifyAudit(store.database, [])).firstBreak).toBeNull();
  });
});
