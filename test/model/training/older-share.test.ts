import { describe, expect, it } from 'vitest';
import type { ModelVersion } from '../../../model/registry/model-version.js';
import { OLDER_SIZES, olderSample } from '../../../model/training/older-share.js';

const DAY = 86_400;
const enough = { rows: 1_000_000, failures: 400_000, reason: null };

function champion(tries: object = enough, dagRuns: object = enough, trainingRows = 1_000_000) {
  const parameters = { learnt_until: 10 * DAY, try: tries, dag_run: dagRuns };
  return { trainingRows, parameters } as unknown as ModelVersion;
}

describe('how much a warm start is shown of what the model has learnt from', () => {
  it('is a number of rows, or of the rarer class where that is more', () => {
    const sizes = { rows: 100_000, ofRarerClass: 5000 };
    const many = olderSample(champion(), 1_000_000, 7, sizes);
    expect(many).toEqual({ before: 8 * DAY, tryShare: 0.1, runShare: 0.1, seed: 7 });
    const rare = { ...enough, failures: 20_000 };
    expect(olderSample(champion(rare), 1_000_000, 7, sizes)).toMatchObject({ tryShare: 0.25, runShare: 0.1 });
    const mostFail = { ...enough, failures: 990_000 };
    expect(olderSample(champion(enough, mostFail), 1_000_000, 7, sizes)).toMatchObject({ runShare: 0.5 });
  });

  it('is everything of a short history, or where failures are few', () => {
    expect(olderSample(champion(), 1_000_000, 7, { rows: 1e6, ofRarerClass: 1 })).toBeNull();
    const few = { ...enough, failures: OLDER_SIZES.ofRarerClass };
    expect(olderSample(champion(few, few), 1_000_000, 7)).toBeNull();
    expect(olderSample(champion(few), 1_000_000, 7)).toMatchObject({ tryShare: 1 });
  });

  it('is everything where a kind of subject has no network to go on from', () => {
    const none = { ...enough, reason: 'too few failures to learn from' };
    expect(olderSample(champion(none), 1_000_000, 7)).toBeNull();
    expect(olderSample(champion(enough, none), 1_000_000, 7)).toBeNull();
  });

  it('is a larger share of a log that has dropped facts since', () => {
    const sizes = { rows: 100_000, ofRarerClass: 1 };
    expect(olderSample(champion(), 400_000, 7, sizes)).toMatchObject({ tryShare: 0.25, runShare: 0.25 });
    expect(olderSample(champion(), 2_000_000, 7, sizes)).toMatchObject({ tryShare: 0.1 });
  });
});
