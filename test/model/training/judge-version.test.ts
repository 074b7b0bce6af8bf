import { describe, expect, it } from 'vitest';
import { runNumbers, sliceStart } from '../../../model/training/judge-version.js';
import { runJob } from '../../../model/training/run-job.js';
import type { FitResult } from '../../../model/training/jobs.js';
import type { Comparison } from '../../../model/quality/comparison.js';
import type { LabelledVectors } from '../../../model/types.js';
import { SYNTHETIC_GROUPS, syntheticVectors } from '../synthetic-vectors.js';

function history(rows: number, every: number) {
  return {
    rows,
    labels: Uint8Array.from({ length: rows }, (_, row) => (row % every === 0 ? 1 : 0)),
    decidedAt: Float64Array.from({ length: rows }, (_, row) => row),
  };
}

describe('the slice to compare on', () => {
  it('is the later half of what neither model has learnt from', () => {
    expect(sliceStart(history(3000, 10), 999)).toBe(2000);
  });

  it('is more of it where that half is too small, and null where all of it is', () => {
    expect(sliceStart(history(3000, 10), 2699)).toBe(2800);
    expect(sliceStart(history(3000, 10), 2799)).toBe(2800);
    expect(sliceStart(history(3000, 10), 2800)).toBeNull();
    expect(sliceStart(history(3000, 100), 999)).toBe(2000);
    expect(sliceStart(history(3000, 150), 999)).toBe(1500);
    expect(sliceStart(history(3000, 1000), 999)).toBeNull();
    expect(sliceStart(history(0, 1), 0)).toBeNull();
  });

  it('numbers runs by all that tells them apart', () => {
    const subjects = [
      ['a', 'x', '1'],
      ['a', 'x', '1'],
      ['b', 'x', '1'],
      ['a', 'y', '1'],
      ['a', 'x', '2'],
      ['a', 'x', '1'],
    ].map(([deployment, dagId, runId]) => ({
      deployment: deployment!,
      dagId: dagId!,
      runId: runId!,
      taskId: 't',
      mapIndex: -1,
      tryNumber: 1,
    }));
    const numbers = runNumbers({ rows: subjects.length, subject: (row) => subjects[row]! });
    expect(numbers).toEqual(Int32Array.of(0, 0, 1, 2, 3, 0));
  });
});

describe('comparing in a worker', () => {
  const part = (vectors: LabelledVectors, rows: number): LabelledVectors => {
    const width = vectors.features.length;
    return {
      ...vectors,
      rows,
      values: vectors.values.slice(0, rows * width),
      labels: vectors.labels.slice(0, rows),
      decidedAt: vectors.decidedAt.slice(0, rows),
      labelKnownAt: vectors.labelKnownAt.slice(0, rows),
      afterSuccess: vectors.afterSuccess.slice(0, rows),
    };
  };

  it('has the champion score the slice as it would have live, and a network fitted before it as challenger', async () => {
    const vectors = syntheticVectors(900);
    const known = part(vectors, 400);
    const fit = (await runJob(
      { job: 'fit', kind: 'try', vectors: known, groups: SYNTHETIC_GROUPS, seed: 1 },
      () => undefined,
    )) as FitResult;
    const from = 650;
    const compare = (challenger: Float64Array | 'fit' | 'fit_warm', labels = vectors.labels) =>
      runJob(
        {
          job: 'compare',
          vectors: { ...vectors, labels },
          from,
          runs: Int32Array.from({ length: 900 }, (_, row) => row >> 1),
          champion: { saved: fit.saved, learntUntil: Math.max(...known.labelKnownAt) },
          challenger,
          seed: 1,
        },
        () => undefined,
      ) as Promise<Comparison>;
    const fitted = await compare('fit');
    expect(fitted).toMatchObject({
      rows: 250,
      failures: vectors.labels.slice(from).reduce((a, b) => a + b, 0),
    });
    expect(fitted.challenger.all.average_precision).toBeGreaterThan(0);
    const warm = await compare('fit_warm');
    expect(warm).toMatchObject({ rows: 250, champion: fitted.champion });
    expect(warm.challenger).not.toEqual(fitted.challenger);
    expect(warm.challenger.all.average_precision!).toBeGreaterThan(
      fitted.challenger.all.average_precision! - 0.1,
    );
    // Risks that know the outcomes beat any champion, and their reverse beats none.
    const oracle = Float64Array.from(vectors.labels.slice(from), (label) => 0.02 + 0.96 * label);
    expect((await compare(oracle)).all).toMatchObject({ share: 1 });
    const before = fitted.champion.all;
    expect((await compare(oracle.map((risk) => 1 - risk))).champion.all).toEqual(before);
    // The champion follows outcomes that became known since it learnt: others there give other risks.
    const turned = vectors.labels.map((label, row) => (row >= 400 && row < from ? 1 - label : label));
    expect((await compare(oracle, turned)).champion.all).not.toEqual(before);
  });
});
