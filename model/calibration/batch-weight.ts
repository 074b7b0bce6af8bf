import type { UnixSeconds } from '../../core/facts.js';

/** Plain state, to be saved with a model. */
export interface BatchWeightState {
  /** When the latest outcomes became known, in units of {@link TOGETHER_SECONDS}, and how many did in that one; absent in models saved without. */
  readonly window?: number;
  readonly inWindow?: number;
  /** Decayed sums over the batches: of their sizes, and of the squares of their sizes. */
  readonly outcomes: number;
  readonly squares: number;
}

/** Outcomes that become known within so long of each other make one batch: an outage fails many tries, not all in one second. */
const TOGETHER_SECONDS = 300;
/** Batches are forgotten with this horizon, each counting the square root of its size. */
const HORIZON = 5000;

/**
 * What one outcome counts where outcomes become known in batches. The tries of one run fail together, and so do those that an outage
 * breaks, so n outcomes of one batch tell as much as about sqrt(n) independent ones (a design effect; Kish 1965). All outcomes weigh the
 * same, 1 / sqrt(B), B being the size of the batch that an outcome usually comes in: were each weighed by its own batch, a level would be
 * fitted to the outcomes that come alone, whose failure rate is another.
 */
export class BatchWeight {
  private outcomes: number;
  private squares: number;
  private window: number;
  private inWindow: number;

  constructor(state?: BatchWeightState) {
    this.outcomes = state?.outcomes ?? 0;
    this.squares = state?.squares ?? 0;
    this.window = state?.window ?? NO_WINDOW;
    this.inWindow = state?.inWindow ?? 0;
  }

  /** Weight of each of `size` outcomes (1 or more) that became known at a time, and count from now on. */
  next(size: number, knownAt: UnixSeconds): number {
    const window = Math.floor(knownAt / TOGETHER_SECONDS);
    if (window !== this.window) this.inWindow = 0;
    this.window = window;
    const before = this.inWindow;
    const count = before + size;
    this.inWindow = count;
    const kept = Math.exp(-(Math.sqrt(count) - Math.sqrt(before)) / HORIZON);
    this.outcomes = this.outcomes * kept + size;
    this.squares = this.squares * kept + count * count - before * before;
    return Math.sqrt(this.outcomes / this.squares);
  }

  state(): BatchWeightState {
    const { outcomes, squares, window, inWindow } = this;
    return { outcomes, squares, window, inWindow };
  }
}

const NO_WINDOW = -1;
