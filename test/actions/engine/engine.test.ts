import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { verifyAudit, readAudit } from '../../../actions/audit/index.js';
import { changeAction, setStopped } from '../../../actions/index.js';
import { AirflowError } from '../../../collector/airflow/index.js';
import { writeDagRuns } from '../../../core/fact-log/write.js';
import { dagRunObservation } from '../../core/fact-log/observations.js';
import { EngineHarness, MINUTE } from './harness.js';

let harness: EngineHarness;

beforeEach(async () => {
  harness = await EngineHarness.start();
  await harness.earn();
});
afterEach(() => harness.store.drop());

describe('the engine', () => {
  it('retries a transient failure once its time has come, once, and sees that it helped', async () => {
    await harness.fail('r1', 'transient_infrastructure');
    const { pass } = harness.engine();
    await pass();
    expect(await harness.states()).toEqual(['approved']);
    expect(harness.site.cleared).toEqual([]);
    harness.now += 5 * MINUTE;
    for (let time = 0; time < 5; time++) await pass();
    expect(harness.site.cleared).toEqual(['r1']);
    expect(await harness.ledger()).toMatchObject([
      { state: 'done', cause: 'transient_infrastructure', decidedBy: 'orc' },
    ]);
    harness.site.states.set('r1', 'success');
    harness.now += MINUTE;
    await pass();
    const [row] = await harness.store.database.query('SELECT helped FROM action');
    expect(row).toEqual({ helped: true });
  });

  it('only records in shadow, and tells the owner about what another try cannot help', async () => {
    await harness.fail('r1', 'transient_infrastructure');
    await harness.fail('r2', 'resource');
    const { pass } = harness.engine({ retry: { mode: 'shadow' } });
    await pass();
    harness.now += 10 * MINUTE;
    await pass();
    expect(await harness.states()).toEqual(['recommended', 'shadowed']);
    expect(harness.site.cleared).toEqual([]);
  });

  it('waits for a person in the mode approve', async () => {
    await harness.fail('r1', 'transient_infrastructure');
    const { pass } = harness.engine({ retry: { mode: 'approve', delay_minutes: 0 } });
    await pass();
    await pass();
    const [proposed] = await harness.ledger();
    expect([proposed?.state, harness.site.cleared]).toEqual(['proposed', []]);
    const approve = (who: string) =>
      changeAction(
        harness.store.database,
        proposed!.id,
        ['proposed'],
        { state: 'approved', reason: 'ok' },
        who,
        harness.now,
      );
    expect(
      await Promise.all([approve('ada'), approve('bob')]).then((all) => all.filter(Boolean).length),
    ).toBe(1);
    await pass();
    expect(harness.site.cleared).toEqual(['r1']);
  });

  it('holds back by a guardrail, and names it', async () => {
    await harness.fail('r1', 'transient_infrastructure');
    await setStopped(harness.store.database, true, 'ada', harness.now);
    const { pass } = harness.engine({ retry: { mode: 'automatic', delay_minutes: 0 } });
    await pass();
    expect(await harness.ledger()).toMatchObject(
      [{ state: 'refused', refusal: 'stopped', reason: /stopped by ada/ }].map(({ state, refusal }) => ({
        state,
        refusal,
      })),
    );
    expect(harness.site.cleared).toEqual([]);
  });

  it('tells for an hour of what failed, and never of what was held back or not needed', async () => {
    const { pass, ledger } = harness.engine({ retry: { mode: 'automatic', delay_minutes: 0 } });
    await harness.fail('r1', 'transient_infrastructure');
    await harness.fail('r2', 'transient_infrastructure', 'other');
    harness.site.states.set('r2', 'running');
    const error = new AirflowError('bad_answer', 'HTTP 403', { status: 403 });
    harness.site.fault = { error, isDone: false };
    await pass();
    await harness.fail('r3', 'transient_infrastructure', 'third');
    await setStopped(harness.store.database, true, 'ada', harness.now);
    await pass();
    const refusals = (await harness.ledger()).map(({ refusal }) => refusal);
    expect(refusals).toEqual(['stopped', 'changed', 'forbidden']);
    const failure = { deployment: 'prod', kind: 'retry', reason: 'forbidden', count: 1 };
    expect(ledger()!.failures).toEqual([failure]);
    harness.now += 61 * MINUTE;
    await pass();
    expect(ledger()!.failures).toEqual([]);
  });

  it('refuses when a person was faster', async () => {
    await harness.fail('r1', 'transient_infrastructure');
    harness.site.states.set('r1', 'running');
    await harness.engine({ retry: { mode: 'automatic', delay_minutes: 0 } }).pass();
    expect(await harness.ledger()).toMatchObject([{ state: 'refused', refusal: 'changed' }]);
  });

  it('counts its own calls: the second run of a DAG meets the cool-down', async () => {
    const { pass } = harness.engine({ retry: { mode: 'automatic', delay_minutes: 0 } });
    await harness.fail('r1', 'transient_infrastructure');
    await pass();
    harness.now += MINUTE;
    await harness.fail('r2', 'transient_infrastructure');
    await pass();
    expect(await harness.ledger()).toMatchObject([
      { runId: 'r2', refusal: 'cooldown' },
      { runId: 'r1', state: 'done' },
    ]);
  });

  it('takes a time-out for done when Airflow has done it', async () => {
    await harness.fail('r1', 'transient_infrastructure');
    harness.site.fault = { error: new AirflowError('timeout', 'timed out', {}), isDone: true };
    await harness.engine({ retry: { mode: 'automatic', delay_minutes: 0 } }).pass();
    expect(await harness.states()).toEqual(['done']);
  });

  it('looks again after a call whose end nobody wrote down, and does not make it twice', async () => {
    await harness.fail('r1', 'transient_infrastructure');
    await harness.fail('r2', 'transient_infrastructure', 'other');
    await harness.engine({ retry: { mode: 'automatic' } }).pass();
    // Killed after the intents were written: one request had arrived, the other had not.
    for (const { id } of await harness.ledger()) {
      const before = { failed: [{ taskId: 'extract', mapIndex: -1, tryNumber: 1, state: 'failed' }] };
      const intent = { state: 'calling', reason: 'Airflow is asked', before } as const;
      await changeAction(harness.store.database, id, ['approved'], intent, 'orc', harness.now);
    }
    harness.site.states.set('r1', 'queued');
    const restarted = harness.engine({ retry: { mode: 'automatic' } });
    await restarted.pass();
    expect(await harness.states()).toEqual(['calling', 'done']);
    harness.now += 700;
    await restarted.pass();
    expect(await harness.ledger()).toMatchObject([
      { runId: 'r2', state: 'refused', refusal: 'airflow_failed' },
      { runId: 'r1', state: 'done' },
    ]);
    expect(harness.site.cleared).toEqual([]);
  });

  it('acts once when two replicas look at the same time', async () => {
    await harness.fail('r1', 'transient_infrastructure');
    const replicas = [
      harness.engine({ retry: { mode: 'automatic', delay_minutes: 0 } }),
      harness.engine({ retry: { mode: 'automatic', delay_minutes: 0 } }),
    ];
    for (let time = 0; time < 3; time++) await Promise.all(replicas.map((replica) => replica.pass()));
    expect(harness.site.cleared).toEqual(['r1']);
    expect(await harness.ledger()).toHaveLength(1);
  });

  it('leaves what was held out alone, and looks at both arms after the same time', async () => {
    for (let run = 0; run < 40; run++)
      await harness.fail(`r${run}`, 'transient_infrastructure', `dag_${run}`);
    const { pass } = harness.engine({
      held_out_share: 0.5,
      retry: { mode: 'automatic', delay_minutes: 0 },
      limits: { per_hour: 100, per_day: 100 },
    });
    await pass();
    const arms = await harness.store.database.query<{ arm: string; state: string; n: number }>(
      'SELECT arm, state, count(*)::int AS n FROM action GROUP BY arm, state ORDER BY arm',
    );
    expect(arms.map(({ arm, state }) => `${arm} ${state}`)).toEqual(['held_out held_out', 'treated done']);
    expect(arms.reduce((sum, { n }) => sum + n, 0)).toBe(40);
    for (const runId of harness.site.cleared) harness.site.states.set(runId, 'success');
    harness.now += 121 * MINUTE;
    await pass();
    const judged = await harness.store.database.query(
      'SELECT arm, run_failed FROM action GROUP BY arm, run_failed ORDER BY arm',
    );
    expect(judged).toEqual([
      { arm: 'held_out', run_failed: true },
      { arm: 'treated', run_failed: false },
    ]);
  });

  it('asks again later when Airflow is away, and gives up when it is too late', async () => {
    await harness.fail('r1', 'transient_infrastructure');
    const away = harness.engine(
      { retry: { mode: 'automatic', delay_minutes: 0 } },
      {
        withSite: () => () => Promise.reject(new AirflowError('unreachable', 'nothing listens', {})),
      },
    );
    await away.pass();
    expect(await harness.states()).toEqual(['approved']);
    harness.now += 7 * 3600;
    await away.pass();
    expect(await harness.ledger()).toMatchObject([{ state: 'refused', refusal: 'too_late' }]);
  });

  it('ignores failures of the imported history', async () => {
    await harness.store.database.transaction((connection) =>
      writeDagRuns(connection, [dagRunObservation({ state: 'failed', endedAt: harness.now })], {
        ...{ source: 'test', knownAt: harness.now, visibilityAssumed: true },
      }),
    );
    await harness.engine().pass();
    expect(await harness.ledger()).toEqual([]);
  });

  it('keeps an audit trail of every change that verifies', async () => {
    await harness.fail('r1', 'transient_infrastructure');
    await harness.engine({ retry: { mode: 'automatic', delay_minutes: 0 } }).pass();
    const told: string[] = [];
    for await (const { entry } of readAudit(harness.store.database, null))
      told.push((JSON.parse(entry) as { what: string }).what);
    expect(told).toEqual(['actions.promote', 'action.approved', 'action.calling', 'action.done']);
    expect((await verifyAudit(harness.store.database, [])).firstBreak).toBeNull();
  });
});
