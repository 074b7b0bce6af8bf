/** How much of what a model has learnt from already is described again when a training goes on from it. Pure. */
import type { OlderSampleOptions } from '../../features/older-sample.js';
import type { FitParameters, ModelVersion } from '../registry/model-version.js';

/** Older rows of a kind of subject that a warm start is shown at least, and at least of their rarer class. */
export interface OlderSizes {
  readonly rows: number;
  readonly ofRarerClass: number;
}

/** By rolling origin inside the training parts: a fifth of it still was level with all older rows (docs/modelling.md). */
export const OLDER_SIZES: OlderSizes = { rows: 50_000, ofRarerClass: 2000 };
/** A try or run that ended after the model had learnt was decided so much earlier at most, or may be missed like any older one. */
export const LONGEST_SECONDS = 2 * 86_400;

/**
 * A sample of what the champion has learnt from; null where it is small, or where a kind of subject has no network to go on from, which is
 * fitted from scratch then.
 *
 * @param rows tries to learn from now; fewer than those that it learnt from where retention has dropped some.
 */
export function olderSample(
  champion: Pick<ModelVersion, 'parameters' | 'trainingRows'>,
  rows: number,
  seed: number,
  sizes: OlderSizes = OLDER_SIZES,
): OlderSampleOptions | null {
  const { learnt_until: learntUntil, try: tries, dag_run: dagRuns } = champion.parameters;
  if (tries.reason !== null || dagRuns.reason !== null) return null;
  const left = Math.min(1, rows / champion.trainingRows);
  const tryShare = olderShare(tries, left, sizes);
  const runShare = olderShare(dagRuns, left, sizes);
  if (tryShare === 1 && runShare === 1) return null;
  return { before: learntUntil - LONGEST_SECONDS, tryShare, runShare, seed };
}

/**
 * Share of the rows of a kind of subject that is described again.
 *
 * @param left how much of what was learnt from is still there.
 */
export function olderShare(
  { rows, failures }: Pick<FitParameters, 'rows' | 'failures'>,
  left = 1,
  sizes: OlderSizes = OLDER_SIZES,
): number {
  const rarer = Math.min(failures, rows - failures);
  return Math.min(1, Math.max(sizes.rows / (rows * left), sizes.ofRarerClass / (rarer * left)));
}
