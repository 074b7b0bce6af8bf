import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EngineHarness, MINUTE } from './harness.js';

const ERROR = 'ConnectionRefusedError: [Errno <*>] Connection refused';
const settings = {
  hold: { mode: 'automatic', least_dags: 3, hold_minutes: 30, release_every_seconds: 120 },
  retry: { mode: 'shadow' },
};
let harness: EngineHarness;

beforeEach(async () => {
  harness = await EngineHarness.start();
  await harness.earn('pause');
});
afterEach(() => harness.store.drop());

/** Some DAGs fail of the same, one after the other. */
async function breakDown(...dagIds: readonly string[]): Promise<void> {
  for (const dagId of dagIds) {
    await harness.fail(`r_${dagId}`, 'transient_infrastructure', dagId, ERROR);
    harness.now += 10;
  }
}

const holds = async (): Promise<unknown[]> =>
  (await harness.ledger()).filter(({ cause }) => cause === 'shared_outage').reverse();

describe('DAGs behind a shared outage', () => {
  it('are paused once enough of them fail of one error, and go on one after the other', async () => {
    const { pass } = harness.engine(settings);
    await breakDown('b', 'a');
    await pass();
    expect(harness.site.switched).toEqual([]);
    await breakDown('c');
    for (let time = 0; time < 3; time++) await pass();
    expect(harness.site.switched).toEqual(['pause b', 'pause a', 'pause c']);
    harness.now += 29 * MINUTE;
    await pass();
    expect(harness.site.switched).toHaveLength(3);
    for (const released of ['unpause b', 'unpause a', 'unpause c']) {
      harness.now += 2 * MINUTE;
      await pass();
      expect(harness.site.switched.at(-1)).toBe(released);
    }
    expect(harness.site.switched).toHaveLength(6);
    harness.now += 10 * MINUTE;
    await breakDown('a', 'b', 'c');
    await pass();
    expect(harness.site.switched, 'held once in a block of time').toHaveLength(6);
    const ids = (await harness.ledger()).map(({ id }) => id).reverse();
    expect(ids, 'looking again uses up no id').toEqual(ids.map((_, index) => index + 1));
  });

  it('are not one that has succeeded since, has other errors, or fails of its own code', async () => {
    await breakDown('a', 'b', 'c');
    await harness.succeed('later', 'b');
    await harness.fail('r1', 'code', 'd', ERROR);
    await harness.fail('r2', 'transient_infrastructure', 'e', 'TimeoutError');
    await harness.engine(settings).pass();
    expect(await holds()).toEqual([]);
  });

  it('wait for a retry until they go on', async () => {
    await harness.earn('retry');
    const { pass } = harness.engine({
      ...settings,
      retry: { mode: 'automatic', delay_minutes: 1 },
      limits: { per_hour: 20 },
    });
    await breakDown('a', 'b', 'c');
    await pass();
    harness.now += 5 * MINUTE;
    await pass();
    expect(harness.site.cleared).toEqual([]);
    harness.now += 40 * MINUTE;
    await pass();
    await pass();
    expect(harness.site.cleared).toEqual(['r_a', 'r_b', 'r_c']);
  });

  it('stay paused when a person has let one go on and paused it again', async () => {
    await breakDown('a', 'b', 'c');
    const { pass } = harness.engine(settings);
    await pass();
    for (const isPaused of [true, false, true]) {
      harness.now += MINUTE;
      await harness.tellPaused('a', isPaused);
    }
    harness.now += 60 * MINUTE;
    await pass();
    expect([...harness.site.paused]).toEqual(['a']);
    const last = (await harness.ledger()).find(({ kind, dagId }) => kind === 'unpause' && dagId === 'a');
    expect(last).toMatchObject({ state: 'refused', refusal: 'changed' });
  });

  it('are let go on while actions are stopped, by another process', async () => {
    await breakDown('a', 'b', 'c');
    await harness.engine(settings).pass();
    harness.now += 24 * 60 * MINUTE;
    await harness.engine(settings, { collectedAt: () => null }).pass();
    expect([...harness.site.paused]).toEqual([]);
  });

  it('are judged by the minutes until they succeed', async () => {
    await breakDown('a', 'b', 'c');
    const { pass } = harness.engine({ ...settings, held_out_share: 0.0001 });
    await pass();
    harness.now += 40 * MINUTE;
    await harness.succeed('later', 'a');
    harness.now += 120 * MINUTE;
    await pass();
    const rows = await harness.store.database.query<{ minutes: number }>(
      `SELECT round(delay_minutes)::int AS minutes FROM action WHERE kind = 'pause' ORDER BY dag_id`,
    );
    expect(rows.map(({ minutes }) => minutes)).toEqual([40, 120, 120]);
  });
});
