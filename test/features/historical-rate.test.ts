import fc from 'fast-check';
import { expect, it } from 'vitest';
import { tryLabel, type TryFact } from '../../core/facts.js';
import { replayTries } from '../../features/replay.js';
import { histories } from './arbitrary-histories.js';
import { batches, DAY, inOrder, recordedFacts, tryFact } from './support.js';

/**
 * The contract, word for word: (f + 2r)/(n + 2) over the task's ended tries, decayed with a 30-day half-life, r being the
 * DAG's rate smoothed the same way towards the deployment's.
 */
function naiveRate(all: readonly TryFact[], subject: TryFact, now: number): number {
  const decayed = (isOf: (fact: TryFact) => boolean): [failures: number, tries: number] => {
    let failures = 0;
    let tries = 0;
    for (const fact of all) {
      const endedAt = Math.max(fact.endedAt!, fact.startedAt ?? -Infinity, fact.queuedAt!);
      const label = tryLabel(fact.state);
      if (label === null || !isOf(fact) || endedAt >= now) continue;
      // A clock that runs backwards does not make an outcome younger than its time.
      const weight = 2 ** (-(now - fact.endedAt!) / (30 * DAY));
      tries += weight;
      failures += weight * label;
    }
    return [failures, tries];
  };
  const inDeployment = (fact: TryFact): boolean => fact.deployment === subject.deployment;
  const inDag = (fact: TryFact): boolean => inDeployment(fact) && fact.dagId === subject.dagId;
  const ofTask = (fact: TryFact): boolean => inDag(fact) && fact.taskId === subject.taskId;
  const [allFailures, allTries] = decayed(inDeployment);
  const overall = allTries === 0 ? 0 : allFailures / allTries;
  const [dagFailures, dagTries] = decayed(inDag);
  const dagRate = (dagFailures + 2 * overall) / (dagTries + 2);
  const [failures, tries] = decayed(ofTask);
  return (failures + 2 * dagRate) / (tries + 2);
}

async function compare(facts: readonly TryFact[], every: number): Promise<number> {
  const rows = inOrder(facts.map((fact) => ({ kind: 'try', fact })));
  const { tries } = await replayTries(batches(rows));
  const bySubject = new Map(
    facts.map((fact) => [
      [fact.deployment, fact.dagId, fact.runId, fact.taskId, fact.mapIndex, fact.tryNumber].join(),
      fact,
    ]),
  );
  for (let row = 0; row < tries.rows; row += every) {
    const { deployment, dagId, runId, taskId, mapIndex, tryNumber } = tries.subject(row);
    const subject = bySubject.get([deployment, dagId, runId, taskId, mapIndex, tryNumber].join())!;
    const now = tries.decidedAt[row]!;
    expect(tries.historicalRate[row]).toBeCloseTo(naiveRate(facts, subject, now), 6);
    expect(tries.values[row * tries.features.length]).toBe(tries.historicalRate[row]);
  }
  return tries.rows;
}

it('is what the contract says, on any history', async () => {
  await fc.assert(
    fc.asyncProperty(histories, async (history) => {
      const facts = history
        .map((made) => tryFact(made).fact)
        .filter(({ visibilityAssumed }) => visibilityAssumed);
      await compare(facts, 1);
    }),
    { numRuns: 150, seed: 5 },
  );
});

it('is what the contract says, on the recorded history', async () => {
  const facts = recordedFacts().flatMap((row) =>
    row.kind === 'try' && row.fact.queuedAt !== null ? [row.fact] : [],
  );
  expect(await compare(facts, 97)).toBeGreaterThan(5000);
});
