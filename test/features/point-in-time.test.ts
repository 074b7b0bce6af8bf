import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { AnyFact } from '../../core/fact-log/read.js';
import { replayTries, type Replay } from '../../features/replay.js';
import type { ReplayedVectors } from '../../features/vector-store.js';
import { histories } from './arbitrary-histories.js';
import {
  batches,
  bits,
  dagRunFact,
  explainedTry,
  inOrder,
  liveTryFacts,
  recordedFacts,
  tryFact,
  visibleFrom,
} from './support.js';

/** Each row as text: who, when, and the vector bit for bit. */
function rowsOf(vectors: ReplayedVectors, before = Infinity): string[] {
  const width = vectors.features.length;
  return Array.from({ length: vectors.rows }, (_, row) => row)
    .filter((row) => vectors.decidedAt[row]! <= before)
    .map((row) => {
      const who = JSON.stringify(vectors.subject(row));
      return `${vectors.decidedAt[row]} ${who} ${bits(vectors.values, row * width, (row + 1) * width)}`;
    });
}

const replayed = (facts: readonly AnyFact[], size = 100): Promise<Replay> =>
  replayTries(batches(facts, size));

it('facts that become visible later change no earlier vector of a try', async () => {
  await fc.assert(
    fc.asyncProperty(histories, fc.nat({ max: 40 }), async (history, cut) => {
      const facts = inOrder(history.flatMap((made) => explainedTry(made)));
      const first = facts.slice(0, cut);
      const last = first.at(-1);
      const until = last === undefined ? -Infinity : visibleFrom(last);
      const partly = await replayed(first);
      const whole = await replayed(facts);
      // The whole history has decisions of its own at the last moment of the first part.
      const wholeRows = new Set(rowsOf(whole.tries, until));
      expect(rowsOf(partly.tries, until).filter((row) => !wholeRows.has(row))).toEqual([]);
    }),
    { numRuns: 150, seed: 1 },
  );
});

it('an end or a result of the same try changes nothing in its own vector', async () => {
  await fc.assert(
    fc.asyncProperty(histories, async (history) => {
      const queueings = history.filter(({ state }) => state === 'success' || state === 'failed');
      const told = queueings.map((made) => tryFact(made));
      const before = await replayed(inOrder(told));
      const latest = Math.max(...queueings.map(({ queuedAt }) => queuedAt ?? 0));
      // The outcomes of what was queued last turn into their opposite.
      const turned = told.map(({ fact }) => ({
        kind: 'try' as const,
        fact:
          fact.queuedAt === latest
            ? {
                ...fact,
                state: fact.state === 'failed' ? ('success' as const) : ('failed' as const),
                extra: fact.extra,
              }
            : fact,
      }));
      const after = await replayed(inOrder(turned));
      expect(rowsOf(after.tries)).toEqual(rowsOf(before.tries));
    }),
    { numRuns: 100, seed: 2 },
  );
});

it('a real history cut anywhere gives the same vectors up to the cut', async () => {
  const facts = recordedFacts();
  const whole = await replayed(facts);
  const tryRows = rowsOf(whole.tries);
  const runRows = new Set(rowsOf(whole.dagRuns));
  expect(tryRows.length).toBeGreaterThan(8000);
  for (const share of [0.2, 0.5, 0.9]) {
    const partly = await replayed(facts.slice(0, Math.floor(facts.length * share)));
    const known = new Set(tryRows);
    expect(rowsOf(partly.tries).filter((row) => !known.has(row))).toEqual([]);
    expect(partly.tries.rows).toBeGreaterThan(tryRows.length * share * 0.5);
    const cut = partly.tries.decidedAt.at(-1)!;
    expect(rowsOf(partly.dagRuns, cut).filter((row) => !runRows.has(row))).toEqual([]);
  }
});

it('two replays, and any size of batches, give the same bits', async () => {
  const facts = recordedFacts().slice(0, 3000);
  const first = await replayed(facts);
  for (const size of [1, 7, 5000]) {
    const second = await replayed(facts, size);
    expect(rowsOf(second.tries)).toEqual(rowsOf(first.tries));
    expect(rowsOf(second.dagRuns)).toEqual(rowsOf(first.dagRuns));
  }
});

it('time looked ahead changes nothing for imported facts', async () => {
  await fc.assert(
    fc.asyncProperty(histories, async (history) => {
      const facts = inOrder([
        ...history.flatMap((made) => explainedTry(made)),
        ...[1, 2].map((run) => dagRunFact({ dagId: 'a', runId: `run ${run}` })),
      ]);
      const one = await replayTries(batches(facts), { lookaheadSeconds: 0 });
      const other = await replayTries(batches(facts), { lookaheadSeconds: 1e9 });
      expect(rowsOf(other.tries)).toEqual(rowsOf(one.tries));
    }),
    { numRuns: 100, seed: 3 },
  );
});

it('facts collected live are described as of the queueing, with what was visible then', async () => {
  await fc.assert(
    fc.asyncProperty(histories, async (history) => {
      const orderly = history.filter(
        ({ queuedAt, startedAt, endedAt }) =>
          queuedAt! <= (startedAt ?? queuedAt!) && (startedAt ?? queuedAt!) <= endedAt!,
      );
      const facts = inOrder(orderly.flatMap((made) => liveTryFacts(made, 0)));
      const live = await replayTries(batches(facts));
      const imported = await replayed(inOrder(orderly.map((made) => tryFact(made))));
      expect(Array.from(live.tries.decidedAt)).toEqual(Array.from(imported.tries.decidedAt));
      expect(Array.from(live.tries.labels)).toEqual(Array.from(imported.tries.labels));
      expect(Array.from(live.tries.historicalRate)).toEqual(Array.from(imported.tries.historicalRate));
    }),
    { numRuns: 100, seed: 4 },
  );
});
