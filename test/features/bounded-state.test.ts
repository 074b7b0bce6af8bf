import { expect, it } from 'vitest';
import { Engine } from '../../features/engine.js';
import { EventQueue } from '../../features/expand.js';
import { MAX_CATEGORY_VALUES } from '../../features/keys.js';
import { DAY, HOUR, START, dagRunFact, engineAt, tryFact, tryFeatures, trySubject } from './support.js';

it('runs are forgotten: after their end, or when nothing was heard of them for long', () => {
  const engine = new Engine();
  const queue = new EventQueue();
  let most = 0;
  for (let hour = 0; hour < 2000; hour++) {
    const at = START + hour * HOUR;
    const described = { runId: `described ${hour}`, queuedAt: at, startedAt: at, endedAt: at + 60 };
    queue.push(dagRunFact(described));
    queue.push(tryFact(described));
    queue.push(tryFact({ ...described, dagId: 'derived', runId: `derived ${hour}` }));
    // Its end is never told.
    if (hour % 10 === 0)
      queue.push(
        tryFact({ ...described, dagId: 'lost', runId: `lost ${hour}`, state: 'running', endedAt: null }),
      );
    for (let event = queue.popBefore(at + HOUR); event !== undefined; event = queue.popBefore(at + HOUR))
      engine.observe(event);
    most = Math.max(most, engine.sizes().runs);
  }
  expect(most).toBeLessThan(3 + 2 + (30 * 24) / 10 + 10);
  expect(engine.sizes()).toMatchObject({ deployments: 1, dags: 3, tasks: 3 });
  expect(engine.findRun('default', 'dag', 'described 5')).toBeNull();
  expect(queue.size).toBe(0);
});

it('a try whose end is never told does not count as running for ever', () => {
  const open = { state: 'running', endedAt: null } as const;
  const facts = [
    tryFact({ ...open, taskId: 'lost', runId: 'lost', pool: 'etl' }),
    tryFact({ ...open, taskId: 'dropped', runId: 'ended', pool: 'etl' }),
    dagRunFact({ runId: 'ended', endedAt: START + HOUR }),
    tryFact({ runId: 'later', queuedAt: START + 40 * DAY, startedAt: null, endedAt: START + 40 * DAY + 1 }),
  ];
  const openAt = (now: number): number[] => {
    const read = tryFeatures(engineAt(facts, now), trySubject({ pool: 'etl' }), now);
    return ['dag__open__now', 'pool__open__now', 'deployment__open__now'].map(read);
  };
  expect(openAt(START + 60)).toEqual([2, 2, 2]);
  expect(openAt(START + 2 * HOUR)).toEqual([1, 1, 1]);
  expect(openAt(START + 41 * DAY)).toEqual([0, 0, 0]);
});

it('an extra key with a value of its own per try is no category and takes no room', () => {
  const at = (hour: number): number => START + hour * HOUR;
  const facts = Array.from({ length: MAX_CATEGORY_VALUES + 100 }, (_, hour) =>
    tryFact({
      runId: `run ${hour}`,
      queuedAt: at(hour),
      startedAt: null,
      endedAt: at(hour) + 1,
      hostname: null,
      extra: { id: `pod-${hour}`, due: new Date(at(hour) * 1000).toISOString(), team: 'a' },
    }),
  );
  const engine = engineAt(facts, Infinity);
  // The identifiers, then owner, queue, run type, kind of schedule, operator and team; times are not followed at all.
  expect(engine.sizes().values).toBe(MAX_CATEGORY_VALUES + 6);
  const now = at(MAX_CATEGORY_VALUES + 200);
  const read = (extra: Record<string, unknown>): number =>
    tryFeatures(
      engine,
      trySubject({ extra, queue: null, owner: null, runType: null }),
      now,
    )('neighbours__tries__32d');
  expect(read({ id: 'pod-5' })).toBeNaN();
  expect(read({ team: 'a' })).toBeGreaterThan(100);
});
