import { LiveMixture } from './live-mixture.js';
import type { LiveMixtureState, ScoreColumns } from './live-mixture.js';

/** Plain state, to be saved with a model. */
export interface StratifiedMixtureState {
  readonly afterSuccess: LiveMixtureState;
  readonly otherwise: LiveMixtureState;
}

/**
 * Two mixtures: one for subjects whose latest outcome was a success, one for the others. What predicts that something breaks is not
 * what predicts that it stays broken, and the many outcomes of long streaks would drown what onsets tell.
 */
export class StratifiedMixture {
  private readonly strata: readonly [LiveMixture, LiveMixture];

  constructor(hasNetwork: boolean, state?: StratifiedMixtureState) {
    this.strata = [
      new LiveMixture(hasNetwork, state?.otherwise),
      new LiveMixture(hasNetwork, state?.afterSuccess),
    ];
  }

  get expertCount(): number {
    return this.strata[0].expertCount;
  }

  /** Log-odds of the score in a row; writes those of each expert to `each` from `at` when given, for {@link observe}. */
  logOdds(scores: ScoreColumns, row: number, each?: Float64Array, at = 0): number {
    return this.strata[scores.afterSuccess[row] === 1 ? 1 : 0].logOdds(scores, row, each, at);
  }

  /** Learns from outcomes that became known together; see `LiveMixture.observe`. */
  observe(scores: ScoreColumns, rows: ArrayLike<number>, each: Float64Array, labels: Uint8Array): void {
    for (const stratum of [0, 1] as const) {
      const chosen = Array.from(rows).filter((row) => scores.afterSuccess[row] === stratum);
      this.strata[stratum].observe(scores, chosen, each, labels);
    }
  }

  /** Share of each expert in the pools, by name. */
  shares(): { readonly afterSuccess: Record<string, number>; readonly otherwise: Record<string, number> } {
    return { afterSuccess: this.strata[1].shares(), otherwise: this.strata[0].shares() };
  }

  state(): StratifiedMixtureState {
    return { afterSuccess: this.strata[1].state(), otherwise: this.strata[0].state() };
  }
}
