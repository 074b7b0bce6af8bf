/** A DAG that is started when another one fails. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listActions } from '../../../actions/index.js';
import { AirflowError } from '../../../collector/airflow/index.js';
import { readTouchedRuns } from '../../../core/fact-log/touched-runs.js';
import { EngineHarness, MINUTE } from './harness.js';

const rules = [{ dag_id: 'ord*', classes: ['data', 'transient_infrastructure'], start: 'repair' }];
const automatic = { trigger: { mode: 'automatic', rules }, retry: { mode: 'automatic', delay_minutes: 0 } };
let harness: EngineHarness;

beforeEach(async () => {
  harness = await EngineHarness.start();
  await harness.earn('retry');
  await harness.earn('trigger');
  await harness.tellPaused('repair', false);
});
afterEach(() => harness.store.drop());

const kinds = async (): Promise<string[]> =>
  (await harness.ledger()).map(({ kind, state }) => `${kind} ${state}`).sort();

describe('a DAG that is started after a failure', () => {
  it('is started once in place of a retry, and has helped once it has succeeded', async () => {
    await harness.fail('r1', 'data');
    const { pass } = harness.engine(automatic);
    for (let time = 0; time < 3; time++) await pass();
    const [action] = await harness.ledger();
    expect(action).toMatchObject({ kind: 'trigger', state: 'done', dagId: 'orders', targetDagId: 'repair' });
    expect(harness.site.started).toEqual([
      ['repair', { failed_run: { dag_id: 'orders', run_id: 'r1', class: 'data' } }],
    ]);
    expect(harness.site.cleared).toEqual([]);
    const [ours] = [...(await readTouchedRuns(harness.store.database)).values()].flat();
    const started = action!.request.kind === 'trigger' ? action!.request.runId : '';
    expect(ours).toMatchObject({ dagId: 'repair', runId: started });
    harness.site.states.set(started, 'success');
    harness.now += MINUTE;
    await pass();
    expect((await harness.ledger())[0]).toMatchObject({ helped: true });
    const totals = await harness.store.database.query(
      "SELECT state, helped::int FROM action_total WHERE kind = 'trigger' AND helped > 0",
    );
    expect(totals).toEqual([{ state: 'done', helped: 1 }]);
  });

  it('is recorded beside the retry in shadow, which goes on as if there were no rule', async () => {
    await harness.fail('r1', 'transient_infrastructure');
    const { pass } = harness.engine({ ...automatic, trigger: { rules } });
    for (let time = 0; time < 2; time++) await pass();
    expect(await kinds()).toEqual(['retry done', 'trigger shadowed']);
    expect([harness.site.cleared, harness.site.started]).toEqual([['r1'], []]);
  });

  it('is not started again when its answer is lost, nor by a store that has lost its ledger', async () => {
    await harness.fail('r1', 'data');
    const error = new AirflowError('unreachable', 'socket hang up');
    harness.site.fault = { error, isDone: true };
    await harness.engine(automatic).pass();
    expect(await kinds()).toEqual(['trigger done']);
    await harness.store.database.execute('TRUNCATE action CASCADE');
    await harness.engine(automatic).pass();
    expect(await harness.ledger()).toMatchObject([{ state: 'refused', refusal: 'already_so' }]);
    expect(harness.site.started).toHaveLength(1);
  });

  it('is started once for several that fail at the same time', async () => {
    await harness.fail('r1', 'data');
    await harness.fail('r2', 'data', 'ordinary');
    await harness.engine(automatic).pass();
    expect(await harness.ledger()).toMatchObject([{ refusal: 'cooldown' }, { state: 'done' }]);
    expect(harness.site.started).toHaveLength(1);
  });

  it('is told to be missing where it is not known, and the retry goes on', async () => {
    await harness.fail('r1', 'transient_infrastructure');
    const unknown = [{ ...rules[0], start: 'repiar' }];
    await harness.engine({ ...automatic, trigger: { mode: 'automatic', rules: unknown } }).pass();
    expect(await kinds()).toEqual(['retry done', 'trigger recommended']);
    const told = (await harness.ledger()).find(({ kind }) => kind === 'trigger');
    expect(told).toMatchObject({
      reason: expect.stringContaining('no DAG repiar is known in prod') as string,
    });
    expect(harness.site.started).toEqual([]);
  });

  it('is judged by the minutes until a run of the DAG that failed has succeeded', async () => {
    await harness.fail('r1', 'data');
    const { pass } = harness.engine({ ...automatic, held_out_share: 0.5 });
    await pass();
    harness.now += 30 * MINUTE;
    await harness.succeed('r2', 'orders');
    harness.now += 91 * MINUTE;
    await pass();
    const judged = await harness.store.database.query(
      'SELECT kind, run_failed, delay_minutes FROM action WHERE arm IS NOT NULL',
    );
    expect(judged).toEqual([{ kind: 'trigger', run_failed: true, delay_minutes: 30 }]);
    expect(await listActions(harness.store.database, { limit: 9 })).toHaveLength(1);
  });
});
