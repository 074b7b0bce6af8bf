import fc from 'fast-check';
import { expect, it } from 'vitest';
import { compareDecisions } from '../../core/fact-log/decision-order.js';
import { compareSubjects, DecisionQueue } from '../../features/decision-queue.js';
import type { TryObservation } from '../../core/facts.js';
import { START, observation } from './support.js';

const id = fc.constantFrom('a', 'b', 'é', '\u{1F600}', '\uFFFD', 'a b/c.d', '');

const tries = fc.array(
  fc
    .record({
      deployment: id,
      dagId: id,
      runId: id,
      taskId: id,
      mapIndex: fc.integer({ min: -1, max: 12 }),
      tryNumber: fc.constantFrom(1, 2, 10),
      queuedAt: fc.constantFrom(START, START + 1, START + 2),
    })
    .map((changes) => observation(changes)),
  { maxLength: 60 },
);

it('gives decisions in the order of a backtest, whatever the order of arrival', () => {
  fc.assert(
    fc.property(tries, (all) => {
      const queue = new DecisionQueue<TryObservation>(compareSubjects);
      for (const item of all) queue.add(item.queuedAt!, item);
      const out: TryObservation[] = [];
      while (queue.nextAt !== Infinity) {
        const at = queue.nextAt;
        const items = queue.pop();
        for (const item of items) expect(item.queuedAt).toBe(at);
        out.push(...items);
      }
      expect(out).toEqual([...all].sort(compareDecisions));
    }),
    { seed: 30 },
  );
});

it('takes additions while it is emptied', () => {
  const queue = new DecisionQueue<TryObservation>(compareSubjects);
  const out: number[] = [];
  for (let at = 0; at < 5000; at++) {
    queue.add(at, observation({ queuedAt: at }));
    if (at % 3 === 0) queue.add(at + 1, observation({ queuedAt: at + 1 }));
    if (at > 10) out.push(...queue.pop().map(({ queuedAt }) => queuedAt!));
  }
  while (queue.nextAt !== Infinity) out.push(...queue.pop().map(({ queuedAt }) => queuedAt!));
  expect(out).toEqual([...out].sort((a, b) => a - b));
  expect(out.length).toBe(5000 + 1667);
});
