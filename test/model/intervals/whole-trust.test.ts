import { describe, expect, it } from 'vitest';
import type { AnyFact } from '../../../core/fact-log/read.js';
import { EndDistribution } from '../../../model/intervals/end-distribution.js';
import { evaluateLateness } from '../../../model/intervals/evaluate-lateness.js';
import { SharedTrust, WholeTrust } from '../../../model/intervals/whole-trust.js';
import { seededRandom } from '../../../model/random.js';
import { batches, inOrder, START, tryFact } from '../../features/support.js';
import { HOUR } from './support.js';

/** Ends spread evenly around `seconds` after the origin. */
function around(seconds: number): EndDistribution {
  return EndDistribution.of(
    START,
    Float64Array.from({ length: 128 }, (_, i) => START + seconds * (0.8 + (0.4 * i) / 127)),
  );
}

describe('how far the durations of whole runs are believed', () => {
  const played = around(600);
  const whole = around(100);
  const learnFrom = (ends: readonly number[], shared = new SharedTrust()) => {
    const trust = new WholeTrust();
    for (const seconds of ends) trust.learn(shared, trust.share(shared), played, whole, START + seconds);
    return { trust, shared };
  };

  it('follows who comes nearer, and back', () => {
    const good = learnFrom(Array<number>(40).fill(100));
    expect(good.trust.share(good.shared)).toBeGreaterThan(0.8);
    const bad = learnFrom(Array<number>(40).fill(600));
    expect(bad.trust.share(bad.shared)).toBeLessThan(0.05);
    const changed = learnFrom([...Array<number>(40).fill(100), ...Array<number>(150).fill(600)]);
    expect(changed.trust.share(changed.shared)).toBeLessThan(0.1);
  });

  it('stays as it is where neither comes near, as where both do', () => {
    const { trust, shared } = learnFrom([3000, 0, 1e7, -5]);
    expect(trust.share(shared)).toBeCloseTo(new WholeTrust().share(new SharedTrust()), 6);
  });

  it('begins with what the DAGs of the deployment have taught', () => {
    const { shared } = learnFrom(Array<number>(2000).fill(100));
    expect(new WholeTrust().share(shared)).toBeGreaterThan(0.7);
  });
});

it('mixes two distributions by their shares', () => {
  const mixed = around(600).with(around(100), 0.25);
  expect(mixed.probability(START + 300)).toBeCloseTo(0.25, 2);
  expect(mixed.quantile(0.1)).toBeLessThan(START + 120);
  expect(mixed.quantile(0.9)).toBeGreaterThan(START + 480);
  expect(around(600).with(around(100), 0.001).quantile(0.5)).toBeCloseTo(START + 600, 1);
  expect(around(600).with(around(100), 1).quantile(0.5)).toBeCloseTo(START + 100, 1);
});

/** Runs of many short tasks side by side, told by their tries in whole seconds; now and then one hangs for two minutes. */
function fannedOut(runs: number, tasks: number): AnyFact[] {
  const random = seededRandom(1);
  const facts: AnyFact[] = [];
  for (let run = 0; run < runs; run++) {
    const at = START + run * HOUR;
    const hangs = random() < 0.15;
    for (let task = 0; task < tasks; task++) {
      const seconds = hangs && task === run % tasks ? 120 : Math.floor(3 * random());
      facts.push(
        tryFact({
          ...{ runId: `run ${run}`, taskId: `host ${task}`, queuedAt: null },
          ...{ startedAt: at + Math.floor(4 * random()), endedAt: at + 4 + seconds },
        }),
      );
    }
  }
  return inOrder(facts);
}

it('holds intervals of runs of many short tasks, whose small errors add up', async () => {
  const { stages } = await evaluateLateness(batches(fannedOut(200, 80)), { testFrom: START + 50 * HOUR });
  for (const { runs, intervals } of [stages.queued, stages.running]) {
    expect(runs).toBeGreaterThan(80);
    expect(intervals.coverage).toBeGreaterThan(0.75);
    expect(intervals.below).toBeLessThan(0.15);
  }
});
