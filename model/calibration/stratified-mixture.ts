import { CommonLevel } from './common-level.js';
import type { CommonLevelState } from './common-level.js';
import { LiveMixture } from './live-mixture.js';
import type { LiveMixtureState, ScoreColumns } from './live-mixture.js';
import { AFTER_SUCCESS, IN_TROUBLE, OTHERWISE } from '../strata.js';

/** Plain state, to be saved with a model. */
export interface StratifiedMixtureState {
  readonly afterSuccess: LiveMixtureState;
  readonly otherwise: LiveMixtureState;
  readonly inTrouble: LiveMixtureState;
  /** Absent in models saved without one, which start at no shift. */
  readonly level?: CommonLevelState;
}

/**
 * One mixture per stratum. What predicts that something breaks is not
 * what predicts that it stays broken, and the many outcomes of long streaks would drown what onsets tell. A level that they share
 * follows what happened lately; a run in trouble stands outside it, because what went wrong in it tells more than the times.
 */
export class StratifiedMixture {
  /** By number of the stratum. */
  private readonly strata: readonly LiveMixture[];
  private readonly level: CommonLevel;

  constructor(hasNetwork: boolean, state?: StratifiedMixtureState) {
    const best = hasNetwork ? 'network' : 'rate';
    this.strata = [
      new LiveMixture(best, state?.otherwise),
      new LiveMixture(best, state?.afterSuccess),
      new LiveMixture('offset', state?.inTrouble, DOUBT_OF_RECORD),
    ];
    this.level = new CommonLevel(state?.level);
  }

  /** Numbers per row that {@link logOdds} leaves for {@link observe}: of each expert, and before and after the common level. */
  get notes(): number {
    return Math.max(...this.strata.map(({ expertCount }) => expertCount)) + 2;
  }

  /** Log-odds of the score in a row; writes {@link notes} numbers to `each` from `at` when given, for {@link observe}. */
  logOdds(scores: ScoreColumns, row: number, each?: Float64Array, at = 0): number {
    const stratum = scores.strata[row]!;
    const before = this.strata[stratum]!.logOdds(scores, row, each, at);
    if (each !== undefined) {
      each[at + this.notes - 2] = before;
      each[at + this.notes - 1] = this.level.shifted(before);
    }
    if (stratum !== IN_TROUBLE) return this.level.pooled(before);
    const surest = surestLogOdds(this.strata[stratum]!.outcomeCount);
    return Math.max(-surest, Math.min(surest, before));
  }

  /**
   * Learns from outcomes that became known together.
   *
   * @param each {@link notes} numbers per row of `scores`; the rest as `LiveMixture.observe`.
   */
  observe(scores: ScoreColumns, rows: ArrayLike<number>, each: Float64Array, labels: Uint8Array): void {
    const { notes } = this;
    const all = Array.from(rows);
    this.strata.forEach((mixture, stratum) => {
      const chosen = all.filter((row) => scores.strata[row] === stratum);
      mixture.observe(scores, chosen, each, labels, notes);
    });
    const levelled = all.filter((row) => scores.strata[row] !== IN_TROUBLE);
    const note = (offset: number): Float64Array =>
      Float64Array.from(levelled, (row) => each[row * notes + offset]!);
    const known = Uint8Array.from(levelled, (row) => labels[row]!);
    this.level.observe(note(notes - 2), note(notes - 1), known);
  }

  /** Share of each expert in the pools, by name. */
  shares(): StratumShares {
    return {
      afterSuccess: this.strata[AFTER_SUCCESS]!.shares(),
      otherwise: this.strata[OTHERWISE]!.shares(),
      inTrouble: this.strata[IN_TROUBLE]!.shares(),
    };
  }

  state(): StratifiedMixtureState {
    return {
      afterSuccess: this.strata[AFTER_SUCCESS]!.state(),
      otherwise: this.strata[OTHERWISE]!.state(),
      inTrouble: this.strata[IN_TROUBLE]!.state(),
      level: this.level.state(),
    };
  }
}

/** In nats: what came of the same trouble before says more than the record, where no run in trouble was described yet. */
const DOUBT_OF_RECORD = 3;
/** Of a stratum without outcomes: nothing is surer than 7 in 8. */
const LEAST_SUREST = 2;

/** What outcomes that all are alike allow: n of n make (n + 1) / (n + 2), by Laplace's rule of succession. */
function surestLogOdds(outcomes: number): number {
  return Math.max(LEAST_SUREST, Math.log1p(outcomes));
}

/** Share of each expert, by stratum and name. */
export type StratumShares = Readonly<
  Record<'afterSuccess' | 'otherwise' | 'inTrouble', Readonly<Record<string, number>>>
>;
