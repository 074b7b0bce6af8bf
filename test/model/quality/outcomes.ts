/** Scores and outcomes made by hand for tests of live quality. */
import { seededRandom } from '../../../model/random.js';
import type { ScoredOutcomes, ServedScore } from '../../../model/quality/types.js';

/** 2026-11-20T00:00:00Z */
export const NOW = 1_795_132_800;

export function score(changes: Partial<ServedScore> = {}): ServedScore {
  return {
    kind: 'try',
    deployment: 'd',
    dagId: 'etl',
    runId: 'scheduled__1',
    taskId: 'load',
    mapIndex: -1,
    tryNumber: 1,
    stage: 'queued',
    decidedAt: NOW,
    risk: 0.25,
    afterSuccess: true,
    modelVersion: 'm1',
    vector: Float32Array.of(1, NaN, -0, 2 ** -140),
    ...changes,
  };
}

export interface Sketch {
  readonly rows: number;
  readonly seed: number;
  /** Tries of one run share their luck. */
  readonly triesPerRun?: number;
  /** What the model says where the truth is `chance`. */
  readonly say?: (chance: number) => number;
}

/** Outcomes whose true chances are spread over 0 to 0.4; tries of one run have one chance and, half of the time, one outcome. */
export function outcomes({
  rows,
  seed,
  triesPerRun = 4,
  say = (chance) => chance,
}: Sketch): ScoredOutcomes & {
  readonly chances: Float64Array;
} {
  const random = seededRandom(seed);
  const chances = new Float64Array(rows);
  const labels = new Uint8Array(rows);
  let chance = 0;
  let shared = 0;
  for (let row = 0; row < rows; row++) {
    if (row % triesPerRun === 0) {
      chance = 0.4 * random() ** 2;
      shared = random();
    }
    chances[row] = chance;
    labels[row] = (random() < 0.5 ? shared : random()) < chance ? 1 : 0;
  }
  return {
    rows,
    chances,
    labels,
    risks: chances.map(say),
    afterSuccess: Uint8Array.from(labels, (_, row) => (row % 5 === 0 ? 0 : 1)),
    decidedAt: Float64Array.from(labels, (_, row) => NOW + row * 60),
    knownAt: Float64Array.from(labels, (_, row) => NOW + row * 60 + 30),
    runs: Int32Array.from(labels, (_, row) => Math.floor(row / triesPerRun)),
  };
}
