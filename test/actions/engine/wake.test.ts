/** A wake of the engine while it waits, and while a pass is under way. The clock of its wait stands still. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { ActionEngine } from '../../../actions/index.js';
import { wakingIntake } from '../../../cli/waking-intake.js';
import { EngineHarness } from './harness.js';

let harness: EngineHarness;
let passes = 0;
/** Passes that have decided all that they decide. */
let over = 0;
let hold: Promise<void> | null = null;
let stop: AbortController;
let running: Promise<void>;
let engine: ActionEngine;

beforeEach(async () => {
  harness = await EngineHarness.start();
  passes = 0;
  over = 0;
  hold = null;
  stop = new AbortController();
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const { database } = harness.store;
  engine = harness.engine(
    { retry: { mode: 'shadow' } },
    {
      database: {
        ...database,
        // Each pass takes the lead once.
        session: async (work) => {
          passes += 1;
          if (hold !== null) await hold;
          return database.session(work).finally(() => {
            over += 1;
          });
        },
        query: (sql, parameters) => database.query(sql, parameters),
        execute: (sql, parameters) => database.execute(sql, parameters),
        transaction: (work) => database.transaction(work),
        close: () => database.close(),
      },
    },
  );
  running = engine.run(stop.signal);
});
afterEach(async () => {
  stop.abort();
  await running;
  vi.useRealTimers();
  await harness.store.drop();
});

/** Lets the engine work, which waits for real answers of the database. */
async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setImmediate(resolve));
}
const decided = (count: number) => async (): Promise<boolean> => (await harness.states()).length === count;
const firstPass = (): Promise<void> => until(() => engine.ledger() !== null);

it('makes the next pass at once', async () => {
  await firstPass();
  await harness.fail('r1', 'transient_infrastructure');
  engine.wake();
  await until(decided(1));
  expect(passes).toBe(2);
});

it('makes one more pass after that under way, however often it is woken', async () => {
  await firstPass();
  let letGo = (): void => undefined;
  hold = new Promise((resolve) => (letGo = resolve));
  engine.wake();
  await until(() => passes === 2);
  for (let time = 0; time < 5; time++) engine.wake();
  await harness.fail('r1', 'transient_infrastructure');
  hold = null;
  letGo();
  await until(() => over === 3);
  await until(decided(1));
  await harness.fail('r2', 'transient_infrastructure');
  // Nothing is left of the five: without another, nobody looks.
  for (let turn = 0; turn < 50; turn++) await decided(1)();
  expect([passes, (await harness.states()).length]).toEqual([3, 1]);
});

it('is woken by what a delivery brings that is new, not by what is told again', async () => {
  const decisions = [
    'new',
    'repeated',
    'resolved',
    'refired',
    'changed',
    'late_delivery',
    'never_fired',
  ] as const;
  const woken: string[] = [];
  for (const decision of decisions) {
    const take = wakingIntake({ takeDelivery: () => Promise.resolve([{ incidentId: 1, decision }]) }, () =>
      woken.push(decision),
    );
    expect(await take({})).toEqual([{ incidentId: 1, decision }]);
  }
  expect(woken).toEqual(['new', 'refired', 'changed']);
});
