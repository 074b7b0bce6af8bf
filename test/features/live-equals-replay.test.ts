import { expect, it } from 'vitest';
import type { AnyFact } from '../../core/fact-log/read.js';
import { visibleAt } from '../../core/fact-log/visible-time.js';
import { tryLabel } from '../../core/facts.js';
import { Engine } from '../../features/engine.js';
import { EventQueue } from '../../features/expand.js';
import { replayTries } from '../../features/replay.js';
import { collectedLive } from './collected-live.js';
import { batches, bits, trySubject } from './support.js';

it('an engine fed as facts arrive gives the vectors of a replay, bit for bit', async () => {
  const facts = collectedLive();
  const { tries } = await replayTries(batches(facts));
  const width = tries.features.length;
  expect(tries.rows).toBeGreaterThan(8000);

  const bySubject = new Map<string, AnyFact & { kind: 'try' }>();
  for (const row of facts) {
    if (row.kind !== 'try' || tryLabel(row.fact.state) === null) continue;
    const { deployment, dagId, runId, taskId, mapIndex, tryNumber } = row.fact;
    bySubject.set(JSON.stringify({ deployment, dagId, runId, taskId, mapIndex, tryNumber }), row);
  }

  const engine = new Engine();
  const queue = new EventQueue();
  const out = new Float32Array(width);
  let arrived = 0;
  for (let row = 0; row < tries.rows; row++) {
    const now = tries.decidedAt[row]!;
    // Only what has arrived by now is told to the engine: the future is not even in the queue.
    while (arrived < facts.length && visibleTime(facts[arrived]!) <= now) queue.push(facts[arrived++]!);
    for (let event = queue.popBefore(now); event !== undefined; event = queue.popBefore(now))
      engine.observe(event);
    const subject = tries.subject(row);
    const { fact } = bySubject.get(JSON.stringify(subject))!;
    engine.tryVector(
      trySubject({ ...fact, kind: 'try', stage: 'queued', startedAt: null, queuedAt: now }),
      now,
      out,
      0,
    );
    expect(bits(out)).toBe(bits(tries.values, row * width, (row + 1) * width));
  }
});

function visibleTime({ fact }: AnyFact): number {
  return visibleAt(fact, fact.eventTime, 0);
}
