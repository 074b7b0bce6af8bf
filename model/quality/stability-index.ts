/**
 * Population stability index: the sum over bins of (live share - training share) ln(live share / training share). Common reading: under
 * 0.1 stable, up to 0.25 moved, above that another population (Siddiqi 2006). Of n rows like the training rows it is about
 * (bins - 1) / n. Pure.
 *
 * Half a row in every bin keeps an empty one from making the index infinite.
 *
 * @param expected shares of the bins among the training rows.
 */
export function stabilityIndex(
  expected: ArrayLike<number>,
  counts: Float64Array,
  trainingRows: number,
): number {
  const bins = expected.length;
  const total = counts.reduce((sum, count) => sum + count, 0);
  let index = 0;
  for (let bin = 0; bin < bins; bin++) {
    const before = (expected[bin]! * trainingRows + 0.5) / (trainingRows + 0.5 * bins);
    const after = (counts[bin]! + 0.5) / (total + 0.5 * bins);
    index += (after - before) * Math.log(after / before);
  }
  return index;
}
