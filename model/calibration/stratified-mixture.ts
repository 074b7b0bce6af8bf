import { CommonLevel } from './common-level.js';
import type { CommonLevelState } from './common-level.js';
import { LiveMixture } from './live-mixture.js';
import type { LiveMixtureState, ScoreColumns } from './live-mixture.js';

/** Plain state, to be saved with a model. */
export interface StratifiedMixtureState {
  readonly afterSuccess: LiveMixtureState;
  readonly otherwise: LiveMixtureState;
  /** Absent in models saved without one, which start at no shift. */
  readonly level?: CommonLevelState;
}

/**
 * Two mixtures: one for subjects whose latest outcome was a success, one for the others. What predicts that something breaks is not
 * what predicts that it stays broken, and the many outcomes of long streaks would drown what onsets tell. A level that both share
 * follows what happened lately.
 */
export class StratifiedMixture {
  private readonly strata: readonly [LiveMixture, LiveMixture];
  private readonly level: CommonLevel;

  constructor(hasNetwork: boolean, state?: StratifiedMixtureState) {
    this.strata = [
      new LiveMixture(hasNetwork, state?.otherwise),
      new LiveMixture(hasNetwork, state?.afterSuccess),
    ];
    this.level = new CommonLevel(state?.level);
  }

  /** Numbers per row that {@link logOdds} leaves for {@link observe}: of each expert, and before and after the common level. */
  get notes(): number {
    return this.strata[0].expertCount + 2;
  }

  /** Log-odds of the score in a row; writes {@link notes} numbers to `each` from `at` when given, for {@link observe}. */
  logOdds(scores: ScoreColumns, row: number, each?: Float64Array, at = 0): number {
    const before = this.strata[scores.afterSuccess[row] === 1 ? 1 : 0].logOdds(scores, row, each, at);
    if (each !== undefined) {
      each[at + this.notes - 2] = before;
      each[at + this.notes - 1] = this.level.shifted(before);
    }
    return this.level.pooled(before);
  }

  /**
   * Learns from outcomes that became known together.
   *
   * @param each {@link notes} numbers per row of `scores`; the rest as `LiveMixture.observe`.
   */
  observe(scores: ScoreColumns, rows: ArrayLike<number>, each: Float64Array, labels: Uint8Array): void {
    const { notes } = this;
    for (const stratum of [0, 1] as const) {
      const chosen = Array.from(rows).filter((row) => scores.afterSuccess[row] === stratum);
      this.strata[stratum].observe(scores, chosen, each, labels, notes);
    }
    const note = (offset: number): Float64Array =>
      Float64Array.from(rows, (row) => each[row * notes + offset]!);
    const known = Uint8Array.from(rows, (row) => labels[row]!);
    this.level.observe(note(notes - 2), note(notes - 1), known);
  }

  /** Share of each expert in the pools, by name. */
  shares(): { readonly afterSuccess: Record<string, number>; readonly otherwise: Record<string, number> } {
    return { afterSuccess: this.strata[1].shares(), otherwise: this.strata[0].shares() };
  }

  state(): StratifiedMixtureState {
    return {
      afterSuccess: this.strata[1].state(),
      otherwise: this.strata[0].state(),
      level: this.level.state(),
    };
  }
}
