import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { changeAction, setStopped } from '../../../actions/index.js';
import { AirflowError } from '../../../collector/airflow/index.js';
import { EngineHarness, MINUTE } from './harness.js';

const settings = { pool: { mode: 'automatic', starving_minutes: 10, expire_minutes: 60 } };
let harness: EngineHarness;

beforeEach(async () => {
  harness = await EngineHarness.start();
  await harness.earn('resize_pool');
});
afterEach(() => harness.store.drop());

/** The pool `etl` of 4 slots has starved for ten minutes now: tasks want 3 more. */
async function starve(): Promise<void> {
  await harness.pool('etl', 4, 4, 3);
  harness.now += 11 * MINUTE;
}

describe('a starving pool', () => {
  it('is grown for a time, once, and gets its size back', async () => {
    await starve();
    const { pass } = harness.engine(settings);
    for (let time = 0; time < 3; time++) await pass();
    expect(harness.site.resized).toEqual(['etl 6']);
    expect(await harness.ledger()).toMatchObject([
      { state: 'approved', kind: 'resize_pool', follows: 1, request: { slots: 4, seenSlots: 6 } },
      {
        state: 'done',
        pool: 'etl',
        dagId: null,
        cause: 'starving_pool',
        expiresAt: harness.now + 60 * MINUTE,
      },
    ]);
    await harness.pool('etl', 6, 6, 1);
    harness.now += 59 * MINUTE;
    await pass();
    expect(harness.site.resized).toEqual(['etl 6']);
    harness.now += MINUTE;
    for (let time = 0; time < 3; time++) await pass();
    expect(harness.site.resized).toEqual(['etl 6', 'etl 4']);
    expect(await harness.states()).toEqual(['done', 'done']);
  });

  it('gets its size back from another process after a kill, and while actions are stopped', async () => {
    await starve();
    await harness.engine(settings).pass();
    harness.now += 3 * 24 * 60 * MINUTE;
    await setStopped(harness.store.database, true, 'ada', harness.now);
    await harness.engine(settings, { collectedAt: () => null }).pass();
    expect(harness.site.resized).toEqual(['etl 6', 'etl 4']);
  });

  it('keeps the size that a person gave it meanwhile', async () => {
    await starve();
    const { pass } = harness.engine(settings);
    await pass();
    await harness.pool('etl', 10, 1, 0);
    harness.now += 61 * MINUTE;
    await pass();
    expect(harness.site.resized).toEqual(['etl 6']);
    expect(await harness.ledger()).toMatchObject([
      { state: 'refused', refusal: 'changed' },
      { state: 'done' },
    ]);
  });

  it('is asked for again until it has its size back', async () => {
    await starve();
    const { pass } = harness.engine(settings);
    await pass();
    harness.now += 60 * MINUTE;
    harness.site.fault = {
      error: new AirflowError('bad_answer', 'HTTP 403', { status: 403 }),
      isDone: false,
    };
    await pass();
    expect((await harness.ledger())[0]).toMatchObject({ state: 'approved', follows: 1 });
    expect(harness.site.resized).toEqual(['etl 6']);
    const { pass: again, ledger } = harness.engine(settings);
    expect(ledger()).toBeNull();
    await again();
    const failure = { deployment: 'prod', kind: 'resize_pool', reason: 'not_taken_back', count: 1 };
    expect(ledger()!.failures).toEqual([failure]);
    harness.now += MINUTE;
    await again();
    expect(ledger()!.failures).toEqual([]);
    expect(harness.site.resized).toEqual(['etl 6', 'etl 4']);
  });

  it('is not given back what it never got', async () => {
    await starve();
    harness.site.fault = {
      error: new AirflowError('bad_answer', 'HTTP 422', { status: 422 }),
      isDone: false,
    };
    const { pass } = harness.engine(settings);
    await pass();
    harness.now += 61 * MINUTE;
    await harness.pool('etl', 4, 0, 0);
    await pass();
    expect(await harness.ledger()).toMatchObject([
      { state: 'refused', refusal: 'not_needed' },
      { state: 'refused', refusal: 'rejected' },
    ]);
    expect(harness.site.resized).toEqual([]);
  });

  it('that is deleted meanwhile is nothing to be given back', async () => {
    await starve();
    const { pass } = harness.engine(settings);
    await pass();
    harness.site.pools.delete('etl');
    harness.now += 61 * MINUTE;
    await pass();
    expect((await harness.ledger())[0]).toMatchObject({ state: 'refused', refusal: 'not_found' });
  });

  it('is recorded only in shadow, and never grown by more than allowed', async () => {
    await harness.pool('etl', 10, 10, 100);
    await harness.pool('tiny', 1, 1, 9);
    harness.now += 11 * MINUTE;
    await harness.engine({ pool: { growth_percent: 20 } }).pass();
    expect((await harness.ledger()).map(({ state, request }) => [state, request])).toEqual([
      ['shadowed', { kind: 'resize_pool', pool: 'tiny', slots: 2, seenSlots: 1 }],
      ['shadowed', { kind: 'resize_pool', pool: 'etl', slots: 12, seenSlots: 10 }],
    ]);
    expect(harness.site.resized).toEqual([]);
  });

  it('is left alone while it is protected, without limit, not starving for long, or not seen of late', async () => {
    await harness.pool('db_orders', 2, 2, 2);
    await harness.pool('endless', -1, 40, 2);
    await harness.pool('brief', 2, 1, 0);
    harness.now += 6 * MINUTE;
    await harness.pool('brief', 2, 2, 2);
    harness.now += 5 * MINUTE;
    await harness.engine({ ...settings, protected_pools: ['db_*'] }).pass();
    expect(await harness.ledger()).toMatchObject([
      { pool: 'db_orders', state: 'refused', refusal: 'protected_pool' },
    ]);
    await starve();
    await harness.engine(settings, { collectedAt: () => harness.now - 20 * MINUTE }).pass();
    expect(await harness.ledger()).toHaveLength(1);
  });

  it('waits for a person until nobody waits for it any more', async () => {
    await starve();
    const { pass } = harness.engine({ pool: { ...settings.pool, mode: 'approve' } });
    await pass();
    expect(await harness.states()).toEqual(['proposed']);
    harness.now += 61 * MINUTE;
    await pass();
    expect(await harness.ledger()).toMatchObject([{ state: 'refused', refusal: 'too_late' }]);
  });

  it('is judged in both arms by how long it starved in the two hours after the draw', async () => {
    for (let pool = 0; pool < 20; pool++) await harness.pool(`p${pool}`, 4, 4, 3);
    harness.now += 11 * MINUTE;
    const { pass } = harness.engine({
      ...settings,
      held_out_share: 0.5,
      limits: { per_hour: 50, per_day: 50 },
    });
    await pass();
    for (const { pool, state } of await harness.ledger())
      if (state === 'done') await harness.pool(pool!, 6, 3, 0);
    harness.now += 121 * MINUTE;
    await pass();
    const judged = await harness.store.database.query<{ arm: string; minutes: number; n: number }>(
      `SELECT arm, round(delay_minutes)::int AS minutes, count(*)::int AS n FROM action
       WHERE arm IS NOT NULL GROUP BY arm, minutes ORDER BY arm`,
    );
    expect(judged.map(({ arm, minutes }) => [arm, minutes])).toEqual([
      ['held_out', 120],
      ['treated', 0],
    ]);
    expect(judged.reduce((sum, { n }) => sum + n, 0)).toBe(20);
  });
});

describe('a call that was cut off', () => {
  it('grows the pool once, and gives back what was grown', async () => {
    await starve();
    const { pass } = harness.engine({ pool: { ...settings.pool, mode: 'approve' } });
    await pass();
    const [proposed] = await harness.ledger();
    const now = harness.now;
    const change = { state: 'approved', reason: 'ok' } as const;
    await changeAction(harness.store.database, proposed!.id, ['proposed'], change, 'ada', now);
    harness.site.fault = { error: new AirflowError('timeout', 'timed out', {}), isDone: true };
    await pass();
    expect(await harness.states()).toEqual(['approved', 'done']);
    harness.now += 60 * MINUTE;
    await pass();
    expect(harness.site.resized).toEqual(['etl 6', 'etl 4']);
  });
});
