/** The platform. */
import { expect, it } from 'vitest';
import { HOUR, MINUTE, START, engineAt, tryFact, tryFeatures, trySubject } from './support.js';
import { platformFact } from './surroundings.js';

it('the age of the heartbeat counts while it is fresh, in its deployment', () => {
  const facts = [tryFact(), platformFact({ value: 100, eventTime: START + HOUR })];
  const read = (now: number, deployment = 'default'): number =>
    tryFeatures(
      engineAt(facts, now),
      trySubject({ queuedAt: now, deployment }),
      now,
    )('platform__scheduler_heartbeat_age__now');
  expect(read(START + HOUR)).toBeNaN();
  expect(read(START + HOUR + MINUTE)).toBeCloseTo(Math.log1p(100), 5);
  expect(read(START + HOUR + 16 * MINUTE)).toBeNaN();
  expect(read(START + HOUR + MINUTE, 'other')).toBeNaN();
});
