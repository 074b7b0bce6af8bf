import { expect, it } from 'vitest';
import { engineAt, HOUR, START, tryFact, tryFeatures, trySubject } from './support.js';

it('the latest outcome of a map index is its own; that of the task where none is known', () => {
  const ended = (mapIndex: number, hour: number, state: 'success' | 'failed') =>
    tryFact({
      mapIndex,
      state,
      runId: `run ${hour}`,
      queuedAt: START + hour * HOUR,
      startedAt: START + hour * HOUR,
      endedAt: START + hour * HOUR + 60,
    });
  const facts = [
    ended(0, 0, 'success'),
    ended(3, 0, 'failed'),
    ended(0, 1, 'success'),
    ended(-1, 2, 'failed'),
  ];
  const now = START + 3 * HOUR;
  const last = (mapIndex: number): number =>
    tryFeatures(engineAt(facts, now), trySubject({ mapIndex }), now)('map_index__last_outcome__latest');
  expect(last(3)).toBe(1);
  expect(last(0)).toBe(0);
  expect(last(7)).toBe(1);
  expect(last(-1)).toBe(1);
});
