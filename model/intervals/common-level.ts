/**
 * How much longer than usual everything of one kind takes now, in a whole deployment: when the machine is overloaded, that
 * shows in a few tasks first and then holds for all. A local level that follows surprises, with a step that adapts: it grows while
 * surprises agree with those before them and shrinks while they do not, so that a deployment whose tasks have nothing in
 * common keeps its level still (delta-bar-delta, Jacobs 1988, on the logarithm of the step as in IDBD, Sutton 1992).
 */

/** Bounds of the step: the level follows a few tens of surprises at the most, and hardly any at the least. */
const LARGEST_STEP = 0.1;
const SMALLEST_STEP = 0.001;
const FIRST_STEP = 0.02;
/** How quickly the step itself changes, and over how many surprises their agreement is judged. */
const META_STEP = 0.05;
const TRACE_KEPT = 0.98;
/** Where everything takes exactly as long as expected, there is nothing to divide by. */
const LEAST_VARIANCE = 1e-6;
/** A single surprise counts for this much at most, as a logarithm: one task that goes wild is not the deployment. */
const LARGEST_SURPRISE = 1.5;

export class CommonLevel {
  /** Logarithm of the factor. */
  value = 0;
  private step = FIRST_STEP;
  /** Decayed means of the surprises and of their squares. */
  private trace = 0;
  private variance = 0.5;

  /** @param surprise logarithm of how much longer than expected at this level something took. */
  learn(surprise: number): void {
    const error = Math.max(-LARGEST_SURPRISE, Math.min(LARGEST_SURPRISE, surprise));
    this.variance += (1 - TRACE_KEPT) * (error * error - this.variance);
    const agreement = (error * this.trace) / Math.max(LEAST_VARIANCE, this.variance);
    const step = this.step * Math.exp(META_STEP * agreement);
    this.step = Math.max(SMALLEST_STEP, Math.min(LARGEST_STEP, step));
    this.trace += (1 - TRACE_KEPT) * (error - this.trace);
    this.value += this.step * error;
  }
}
