import type { Moments, Stratum } from './cells.js';
import type { Effect } from './effect.js';
import { studentT975 } from './student-t.js';

/** Fewer delays than this in an arm say nothing of how skewed they are. */
export const LEAST_DELAYS = 10;

/** Below it {@link studentT975} is not exact. */
const LEAST_DEGREES = 4;

/**
 * Minutes of delay that acting saves per treated incident: the difference of the means of the delays as they count.
 *
 * Delays are skewed and the arms unequal, where Welch's interval misses too often, and more on one side. This one removes the
 * skewness to first order by Hall's monotone transformation of the t statistic (1992, "On the removal of skewness by transformation",
 * JRSS B 54; for two samples Zhou and Dinh 2005, Biostatistics 6), with degrees of freedom that know of it, and is Welch's
 * where there is none. It needs the first three moments only, and no random numbers. Several strata: their mean, weighted by size, whose cumulants are the weighted sums.
 *
 * @returns null when no stratum has {@link LEAST_DELAYS} delays in both arms, or none of them varies
 */
export function minutesSaved(strata: readonly Stratum[]): Effect | null {
  const compared = strata.filter(
    ({ treated, heldOut }) => Math.min(treated.delay.count, heldOut.delay.count) >= LEAST_DELAYS,
  );
  const all = compared.reduce(
    (sum, { treated, heldOut }) => sum + treated.delay.count + heldOut.delay.count,
    0,
  );
  const means = compared.flatMap(({ treated, heldOut }) => {
    const weight = (treated.delay.count + heldOut.delay.count) / all;
    return [weighted(heldOut.delay, weight), weighted(treated.delay, -weight)];
  });
  const estimate = means.reduce((sum, { mean }) => sum + mean, 0);
  const variance = means.reduce((sum, mean) => sum + mean.variance, 0);
  if (variance <= 0) return null;
  const error = Math.sqrt(variance);
  const skewness = means.reduce((sum, { thirdCumulant }) => sum + thirdCumulant, 0) / error ** 3;
  // Satterthwaite's degrees of freedom.
  const degrees = variance ** 2 / means.reduce((sum, mean) => sum + mean.variance ** 2 / mean.degrees, 0);
  const quantile = studentT975(Math.max(degrees, LEAST_DEGREES));
  return {
    estimate,
    low: estimate - error * withSkewness(quantile, skewness),
    high: estimate - error * withSkewness(-quantile, skewness),
  };
}

interface WeightedMean {
  readonly mean: number;
  readonly variance: number;
  readonly thirdCumulant: number;
  /** Of the estimated variance: fewer than count - 1 where skewness makes it uncertain. */
  readonly degrees: number;
}

/**
 * Estimated cumulants of a sample's mean times a factor. The degrees of freedom match the variance of the sample's variance
 * for the kurtosis 3 + 1.5 skewness², which is that of the gamma distributions.
 */
function weighted({ count, mean, squares, cubes }: Moments, factor: number): WeightedMean {
  const variance = squares / (count - 1);
  const thirdMoment = (count * cubes) / ((count - 1) * (count - 2));
  const skewness = variance === 0 ? 0 : thirdMoment / variance ** 1.5;
  return {
    mean: factor * mean,
    variance: (factor ** 2 * variance) / count,
    thirdCumulant: (factor ** 3 * thirdMoment) / count ** 2,
    degrees: (count - 1) / (1 + 0.75 * skewness ** 2),
  };
}

/** Inverse of Hall's transformation g(t) = t + s t²/3 + s² t³/27 + s/6, s being the skewness of the estimate. */
function withSkewness(quantile: number, skewness: number): number {
  if (Math.abs(skewness) < 1e-6) return quantile;
  return (3 / skewness) * (Math.cbrt(1 + skewness * (quantile - skewness / 6)) - 1);
}
