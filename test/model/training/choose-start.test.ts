import { describe, expect, it } from 'vitest';
import type { ModelVersion, TrainingStart } from '../../../model/registry/model-version.js';
import { reasonForScratch } from '../../../model/training/choose-start.js';
import type { FitResult } from '../../../model/training/jobs.js';
import { runJob } from '../../../model/training/run-job.js';
import { SYNTHETIC_GROUPS, syntheticVectors } from '../synthetic-vectors.js';

const conditions = { warmStarts: 3, featureSetHash: 'abc', rows: 1500 };

function champion(start?: TrainingStart): ModelVersion {
  return {
    featureSetHash: 'abc',
    trainingRows: 1000,
    parameters: { start },
  } as unknown as ModelVersion;
}

const warm = (warmStarts: number, scratchRows: number): TrainingStart => ({
  from: 'before',
  warm_starts: warmStarts,
  scratch_rows: scratchRows,
  reason: null,
});

describe('from which weights a training starts', () => {
  it('is those of the model in use, so many times in a row', () => {
    expect(reasonForScratch(champion(), conditions)).toBeNull();
    expect(reasonForScratch(champion(warm(2, 1000)), conditions)).toBeNull();
    expect(reasonForScratch(champion(warm(3, 1000)), conditions)).toBe(
      '3 in a row went on from earlier weights',
    );
  });

  it('is none where there are none to go on from, or none are wanted', () => {
    expect(reasonForScratch(null, conditions)).toBe('there is no model in use');
    expect(reasonForScratch(champion(), { ...conditions, warmStarts: 0 })).toBe('asked for');
    expect(reasonForScratch(champion(), { ...conditions, featureSetHash: 'abd' })).toBe(
      'the model in use reads other features',
    );
  });

  it('is none where the history has doubled since everything was chosen', () => {
    expect(reasonForScratch(champion(), { ...conditions, rows: 1999 })).toBeNull();
    expect(reasonForScratch(champion(), { ...conditions, rows: 2000 })).toMatch(/grown from 1000 to 2000/);
    expect(reasonForScratch(champion(warm(1, 700)), conditions)).toMatch(/grown from 700 to 1500/);
  });
});

describe('a fit that goes on from a saved model', () => {
  it('is measured on outcomes that the saved model had not learnt from, and on all of those', async () => {
    const vectors = syntheticVectors(900);
    const fitOf = async (rows: number, initial?: { saved: Uint8Array; learntUntil: number }) =>
      (await runJob(
        {
          ...{ job: 'fit', kind: 'try', groups: SYNTHETIC_GROUPS, seed: 1 },
          vectors: { ...vectors, rows, values: vectors.values.slice(0, rows * vectors.features.length) },
          ...(initial === undefined ? {} : { initial }),
        },
        () => undefined,
      )) as FitResult;
    const before = await fitOf(600);
    const learntUntil = Math.max(...vectors.labelKnownAt.subarray(0, 600));
    const after = await fitOf(900, { saved: before.saved, learntUntil });
    expect(after.summary).toMatchObject({ start: 'warm', rows: 900, epochs: 3 });
    expect(Array.from(after.holdoutRows)).toEqual(Array.from({ length: 300 }, (_, i) => 600 + i));
    // The risks are those of the saved model: what was learnt of these rows afterwards cannot have helped.
    const late = vectors.labels.slice();
    late[899] = 1 - late[899]!;
    vectors.labels.set(late);
    const other = await fitOf(900, { saved: before.saved, learntUntil });
    expect(other.holdoutRisks).toEqual(after.holdoutRisks);
    expect(other.metrics.brier).not.toBe(after.metrics.brier);
  });
});
