import { describe, expect, it } from 'vitest';
import type { AnyFact } from '../../core/fact-log/read.js';
import type { OlderSampleOptions } from '../../features/older-sample.js';
import { replayTries } from '../../features/replay.js';
import { runKey, tryKey } from '../../features/row-keys.js';
import type { ReplayedVectors } from '../../features/vector-store.js';
import { batches, recordedFacts } from './support.js';

const facts = recordedFacts();
const whole = await replayTries(batches(facts));
const before = whole.tries.decidedAt[Math.floor(0.8 * whole.tries.rows)]!;
const older: OlderSampleOptions = { before, tryShare: 0.25, runShare: 0.5, seed: 1 };
const part = await replayTries(batches(facts), { older });
const sampled = (options: Partial<OlderSampleOptions> = {}, shown: readonly AnyFact[] = facts) =>
  replayTries(batches(shown), { older: { ...older, ...options } });

/** Each row with its decision, its outcome and the bits of its vector. */
function described(vectors: ReplayedVectors): string[] {
  const width = vectors.features.length;
  return Array.from({ length: vectors.rows }, (_, row) => {
    const bits = Buffer.from(vectors.values.slice(row * width, (row + 1) * width).buffer).toString('base64');
    const outcome = `${vectors.labels[row]} ${vectors.labelKnownAt[row]}`;
    return `${vectors.decidedAt[row]} ${tryKey(vectors.subject(row))} ${outcome} ${bits}`;
  });
}

const keys = (vectors: ReplayedVectors): string[] =>
  Array.from({ length: vectors.rows }, (_, row) => tryKey(vectors.subject(row)));

describe('a sample of what was decided earlier', () => {
  it('has the vectors and outcomes of the whole, all of the later ones, and says what each stands for', () => {
    for (const [kind, share] of [
      ['tries', older.tryShare],
      ['dagRuns', older.runShare],
    ] as const) {
      const all = described(whole[kind]);
      const some = described(part[kind]);
      const isOlder = (row: string): boolean => Number(row.split(' ')[0]) < before;
      const known = new Set(all);
      expect(some.filter((row) => !known.has(row))).toEqual([]);
      if (kind === 'tries')
        expect(some.filter((row) => !isOlder(row))).toEqual(all.filter((row) => !isOlder(row)));
      const expected = share * all.filter(isOlder).length;
      expect(some.filter(isOlder).length).toBeGreaterThan(0.85 * expected);
      expect(some.filter(isOlder).length).toBeLessThan(1.15 * expected);
      part[kind].decidedAt.forEach((at, row) => {
        expect(part[kind].weights[row]).toBe(at < before ? 1 / share : 1);
      });
    }
    expect(part.engine.sizes()).toEqual(whole.engine.sizes());
  });

  it('depends on ids and seed, and on no outcome', async () => {
    const chosen = keys(part.tries);
    expect(keys((await sampled({ seed: 2 })).tries)).not.toEqual(chosen);
    const succeeded = facts.map((row): AnyFact =>
      row.kind === 'try' && row.fact.state === 'failed'
        ? { kind: 'try', fact: { ...row.fact, state: 'success' } }
        : row,
    );
    expect(keys((await sampled({}, succeeded)).tries)).toEqual(chosen);
  });

  it('takes a DAG run with all its rows, or none of them', () => {
    const rowsOf = (vectors: ReplayedVectors): Map<string, number> => {
      const rows = new Map<string, number>();
      for (let row = 0; row < vectors.rows && vectors.decidedAt[row]! < before; row++) {
        const key = runKey(vectors.subject(row));
        rows.set(key, (rows.get(key) ?? 0) + 1);
      }
      return rows;
    };
    const all = rowsOf(whole.dagRuns);
    const some = rowsOf(part.dagRuns);
    expect(some.size).toBeLessThan(all.size);
    for (const [run, rows] of some) expect(rows).toBe(all.get(run));
  });
});
