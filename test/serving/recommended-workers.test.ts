import { describe, expect, it } from 'vitest';
import type { PoolObservation } from '../../core/facts.js';
import type { PoolRisk } from '../../model/index.js';
import { recommendedWorkers, workerFamily } from '../../serving/recommended-workers.js';

const pool = (name: string, slots: number, occupied: number, scheduled: number): PoolObservation => ({
  ...{ deployment: 'prod', pool: name, slots, occupiedSlots: occupied, scheduledSlots: scheduled },
  ...{ runningSlots: occupied, queuedSlots: 0, deferredSlots: 0 },
});
const due = (name: string, occupiedSlots: number, dueSlots: number): PoolRisk => ({
  ...{ deployment: 'prod', pool: name, slots: 0, occupiedSlots, dueSlots, risk: 0, usualRisk: 0 },
});

describe('recommended workers', () => {
  it.each([
    ['nothing to do', [pool('a', 10, 0, 0)], [], 0],
    ['what runs and waits, rounded up', [pool('a', 100, 20, 13)], [], 3],
    ['what is due', [pool('a', 100, 20, 0)], [due('a', 20, 30)], 4],
    ['no more than a pool has', [pool('a', 32, 32, 500)], [due('a', 32, 900)], 2],
    ['pools together', [pool('a', 8, 8, 0), pool('b', 8, 8, 0)], [], 1],
    ['a pool without limit', [pool('a', -1, 100, 60)], [], 10],
  ])('%s', (_name, pools, risks, workers) => {
    expect(recommendedWorkers(pools, risks, 16)).toBe(workers);
  });

  it('are told of deployments whose workers and pools are known', () => {
    const slots = new Map([
      ['prod', 16],
      ['silent', 16],
    ]);
    const { samples } = workerFamily([pool('a', 100, 20, 13)], [], slots);
    expect(samples).toBe('orc_recommended_workers{deployment="prod"} 3\n');
  });
});
