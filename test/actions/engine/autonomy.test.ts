import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { mayBePromoted, readPromotions } from '../../../actions/index.js';
import { EngineHarness, MINUTE } from './harness.js';

const RETRIES = { deployment: 'prod', kind: 'retry' } as const;
let harness: EngineHarness;

beforeEach(async () => {
  harness = await EngineHarness.start();
});
afterEach(() => harness.store.drop());

/** Rows of incidents that were drawn in the past: of so many in each arm, so many failed. */
async function past(
  treated: [failed: number, all: number],
  heldOut: [failed: number, all: number],
): Promise<void> {
  const arms = [['treated', ...treated] as const, ['held_out', ...heldOut] as const];
  for (const [arm, failed, all] of arms)
    await harness.store.database.execute(
      `INSERT INTO action (deployment, dag_id, run_id, incident, kind, cause, mode, arm, treated_probability, drawn_at, state, reason,
         request, due_at, decided_by, changed_at, run_failed, judged_at)
       SELECT 'prod', 'old', $1 || n, $1 || n, 'retry', 'transient_infrastructure', 'approve', $1, 0.5, to_timestamp($4 - 86400),
         'done', 'x', '{}', to_timestamp($4), 'ada', to_timestamp($4), n <= $2::int, to_timestamp($4)
       FROM generate_series(1, $3::int) AS n`,
      [arm, failed, all, harness.now],
    );
}

describe('automatic', () => {
  it('has to be earned: until then a person approves', async () => {
    await harness.fail('r1', 'transient_infrastructure');
    await harness.engine({ retry: { delay_minutes: 0 } }).pass();
    expect(await harness.ledger()).toMatchObject([
      {
        state: 'proposed',
        mode: 'approve',
        reason: expect.stringContaining('has not been earned') as string,
      },
    ]);
    expect(harness.site.cleared).toEqual([]);
  });

  it('is earned by a benefit whose lower bound is above zero, and by nothing less', async () => {
    expect(await mayBePromoted(harness.store.database, RETRIES)).toMatchObject({ isAllowed: false });
    await past([18, 40], [20, 40]);
    expect(await mayBePromoted(harness.store.database, RETRIES)).toMatchObject({
      isAllowed: false,
      reason: expect.stringContaining('lower bound') as string,
    });
    await harness.store.database.execute('DELETE FROM action');
    await past([4, 40], [20, 40]);
    expect(await mayBePromoted(harness.store.database, RETRIES)).toMatchObject({ isAllowed: true });
    expect(await mayBePromoted(harness.store.database, { ...RETRIES, deployment: 'other' })).toMatchObject({
      isAllowed: false,
    });
  });

  it('ends by itself in a bad stretch, and has to be earned anew by what was drawn since', async () => {
    await past([4, 40], [20, 40]);
    await harness.earn();
    const endedWell = new Set<string>();
    const { pass } = harness.engine(
      {
        held_out_share: 0.5,
        retry: { delay_minutes: 0 },
        limits: { per_hour: 1000, per_day: 1000, failures_in_row: 100 },
      },
      {
        readRun: (_deployment, _dagId, runId) =>
          Promise.resolve({ state: endedWell.has(runId) ? 'success' : 'failed', endedAt: harness.now }),
      },
    );
    // What is left alone recovers by itself, what is touched stays broken.
    for (let round = 0; round < 8; round++) {
      for (let dag = 0; dag < 8; dag++)
        await harness.fail(`r${round}_${dag}`, 'transient_infrastructure', `dag_${round}_${dag}`);
      await pass();
      for (const { runId, arm } of await harness.ledger()) if (arm === 'held_out') endedWell.add(runId!);
      harness.now += 121 * MINUTE;
      await pass();
    }
    const [promotion] = await readPromotions(harness.store.database);
    expect(promotion?.demotedAt).toBeGreaterThan(0);
    expect(promotion?.reason).toMatch(/a bad stretch: \d+ outcomes/);
    await harness.fail('last', 'transient_infrastructure', 'after');
    await harness.engine({ retry: { delay_minutes: 0 } }).pass();
    expect((await harness.ledger())[0]).toMatchObject({ state: 'proposed', mode: 'approve' });
    expect(await mayBePromoted(harness.store.database, RETRIES)).toMatchObject({ isAllowed: false });
  });
});

describe('a retried run', () => {
  it('gets a line in its note, once, and none when nothing was done', async () => {
    await harness.earn();
    await harness.fail('r1', 'transient_infrastructure');
    await harness.fail('r2', 'transient_infrastructure', 'other');
    harness.site.states.set('r2', 'running');
    const { pass } = harness.engine({ retry: { delay_minutes: 0, note: true } });
    for (let time = 0; time < 3; time++) await pass();
    expect([...harness.site.notes]).toEqual([
      ['r1', 'ORC AI ran this again: it had failed of transient_infrastructure (action 1)'],
    ]);
  });
});
