/** Plain state, to be saved with a model. */
export interface BatchWeightState {
  /** Decayed sums over the batches: of their sizes, and of the squares of their sizes. */
  readonly outcomes: number;
  readonly squares: number;
}

/** Batches are forgotten with this horizon, each counting the square root of its size. */
const HORIZON = 5000;

/**
 * What one outcome counts where outcomes become known in batches. The tries of one run fail together, so n outcomes of one batch tell as
 * much as about sqrt(n) independent ones (a design effect; Kish 1965). All outcomes weigh the same, 1 / sqrt(B), B being the
 * size of the batch that an outcome usually comes in: were each weighed by its own batch, a level would be fitted to the outcomes that come
 * alone, whose failure rate is another.
 */
export class BatchWeight {
  private outcomes: number;
  private squares: number;

  constructor(state?: BatchWeightState) {
    this.outcomes = state?.outcomes ?? 0;
    this.squares = state?.squares ?? 0;
  }

  /** Weight of each outcome of a batch of `size` (1 or more), which counts as seen from now on. */
  next(size: number): number {
    const kept = Math.exp(-Math.sqrt(size) / HORIZON);
    this.outcomes = this.outcomes * kept + size;
    this.squares = this.squares * kept + size * size;
    return Math.sqrt(this.outcomes / this.squares);
  }

  state(): BatchWeightState {
    return { outcomes: this.outcomes, squares: this.squares };
  }
}
