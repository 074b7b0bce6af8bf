import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AnyFact } from '../../core/fact-log/read.js';
import { EventQueue } from '../../features/expand.js';
import type { FactEvent } from '../../features/types.js';
import { histories } from './arbitrary-histories.js';
import { START, dagRunFact, inOrder, liveTryFacts, observation, taskFact, tryFact } from './support.js';

function drain(queue: EventQueue, until = Infinity): FactEvent[] {
  const events: FactEvent[] = [];
  for (let event = queue.popBefore(until); event !== undefined; event = queue.popBefore(until))
    events.push(event);
  return events;
}

function expand(facts: readonly AnyFact[], lagSeconds = 0): FactEvent[] {
  const queue = new EventQueue(lagSeconds);
  for (const fact of facts) queue.push(fact);
  return drain(queue);
}

const told = (event: FactEvent): string =>
  `${event.at - START} ${event.kind}${'phase' in event ? ` ${event.phase}` : ''}`;

describe('EventQueue', () => {
  it('tells the moments of an imported try at their own times', () => {
    expect(expand([tryFact()]).map(told)).toEqual(['0 try queued', '1 try started', '10 try ended']);
    expect(expand([tryFact()], 30).map(told)).toEqual(['30 try queued', '31 try started', '40 try ended']);
  });

  it('tells the moments of a live try when they became known, whatever the lag', () => {
    const facts = liveTryFacts(observation(), 5);
    expect(expand(facts, 30).map(told)).toEqual(['5 try queued', '6 try started', '15 try ended']);
  });

  it('tells only the moments that a fact is the first to know', () => {
    const [queued, , ended] = liveTryFacts(observation(), 5);
    const missed = { kind: 'try' as const, fact: { ...ended!.fact, newPhases: 6 } };
    expect(expand([queued!, missed]).map(told)).toEqual(['5 try queued', '15 try started', '15 try ended']);
    const marked = { kind: 'try' as const, fact: { ...ended!.fact, newPhases: 0 } };
    expect(expand([marked])).toEqual([]);
    expect(new EventQueue().push(marked)).toBeNaN();
  });

  it('leaves out the start of a try that never started', () => {
    const skipped = tryFact({ state: 'skipped', queuedAt: null, startedAt: null, endedAt: START + 7 });
    expect(expand([skipped]).map(told)).toEqual(['7 try ended']);
  });

  it('never shows an end before its queueing, where clocks differ', () => {
    const skewed = tryFact({ queuedAt: START + 20, startedAt: START + 5, endedAt: START + 10 });
    expect(expand([skewed]).map(told)).toEqual(['20 try queued', '20 try started', '20 try ended']);
  });

  it('orders by visible time, then fact id, then phase', () => {
    const task = taskFact();
    const first = tryFact({ startedAt: START, endedAt: START });
    const run = dagRunFact({ endedAt: null });
    const second = tryFact({ taskId: 'second', startedAt: null, endedAt: null, state: 'queued' });
    expect(expand([task, first, run, second].reverse()).map(told)).toEqual([
      '0 task',
      '0 try queued',
      '0 try started',
      '0 try ended',
      '0 dag_run queued',
      '0 dag_run started',
      '0 try queued',
    ]);
  });

  it('gives the same order however the facts arrive', () => {
    fc.assert(
      fc.property(histories, fc.array(fc.nat(), { minLength: 40, maxLength: 40 }), (history, keys) => {
        const facts = history.map((made) => tryFact(made));
        const shuffled = facts
          .map((fact, index) => ({ fact, key: keys[index]! }))
          .sort((a, b) => a.key - b.key)
          .map(({ fact }) => fact);
        const list = (events: readonly FactEvent[]): string[] =>
          events.map((event) => `${told(event)} ${event.fact.factId}`);
        expect(list(expand(shuffled))).toEqual(list(expand(inOrder(facts))));
      }),
      { seed: 20, numRuns: 200 },
    );
  });

  it('interleaved with taking out, gives the order of all at once, and holds only what is under way', () => {
    fc.assert(
      fc.property(histories, (history) => {
        const facts = inOrder(history.map((made) => tryFact(made)));
        const queue = new EventQueue();
        const events: FactEvent[] = [];
        for (const fact of facts) {
          const at = queue.push(fact);
          events.push(...drain(queue, at));
        }
        expect(queue.size).toBeLessThanOrEqual(3 * facts.length);
        events.push(...drain(queue));
        expect(queue.size).toBe(0);
        const ids = (list: readonly FactEvent[]): string[] =>
          list.map((event) => `${told(event)} ${event.fact.factId}`);
        expect(ids(events)).toEqual(ids(expand(facts)));
      }),
      { seed: 21, numRuns: 200 },
    );
  });

  it('takes out strictly before a time', () => {
    const queue = new EventQueue();
    expect(queue.nextAt).toBe(Infinity);
    queue.push(tryFact());
    expect(queue.nextAt).toBe(START);
    expect(drain(queue, START)).toEqual([]);
    expect(drain(queue, START + 1).map(told)).toEqual(['0 try queued']);
    expect(queue.size).toBe(2);
  });

  it('shows a fact that comes after its time had passed at once, not in the past', () => {
    const queue = new EventQueue();
    queue.push(tryFact({ queuedAt: START + 100, startedAt: null, endedAt: null, state: 'queued' }));
    drain(queue);
    queue.push(tryFact({ taskId: 'late' }));
    expect(drain(queue).map(told)).toEqual(['100 try queued', '100 try started', '100 try ended']);
  });
});
