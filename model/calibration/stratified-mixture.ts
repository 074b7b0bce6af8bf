import { CommonLevel } from './common-level.js';
import type { CommonLevelState } from './common-level.js';
import { LiveMixture } from './live-mixture.js';
import type { KnownOutcomes, LiveMixtureState, ScoreColumns } from './live-mixture.js';
import { StartingTrust } from './starting-trust.js';
import type { StartingTrustState } from './starting-trust.js';
import { STAGE_PLANNED } from '../../features/vector-store.js';
import { AFTER_SUCCESS, IN_TROUBLE, OTHERWISE } from '../strata.js';

/** Plain state, to be saved with a model. */
export interface StratifiedMixtureState {
  readonly afterSuccess: LiveMixtureState;
  readonly otherwise: LiveMixtureState;
  readonly inTrouble: LiveMixtureState;
  /** Absent in models saved without one, which start at no shift. */
  readonly level?: CommonLevelState;
  /** Absent in models saved without one. */
  readonly starting?: StartingTrustState;
  /** By stage; absent in models saved without. */
  readonly stages?: Readonly<Record<string, LiveMixtureState>>;
}

/**
 * One mixture per stratum. What predicts that something breaks is not
 * what predicts that it stays broken, and the many outcomes of long streaks would drown what onsets tell. A level that they share
 * follows what happened lately, and a subject with little history starts from others like it as far as that has proved right; a run in
 * trouble stands outside of both, because what went wrong in it tells more than the times, and than others.
 *
 * None of these learns from subjects that are planned. The risk that they give such a subject is calibrated by how such risks turned out: as it is, and
 * recalibrated over 10,000 outcomes, averaged like the experts of a stratum.
 */
export class StratifiedMixture {
  /** By number of the stratum. */
  private readonly strata: readonly LiveMixture[];
  private readonly level: CommonLevel;
  private readonly starting: StartingTrust;
  private readonly stages: ReadonlyMap<number, LiveMixture>;
  /** The risk in hand, as the only column of a mixture of a stage. */
  private readonly inHand = stageColumns(1);

  constructor(hasNetwork: boolean, state?: StratifiedMixtureState) {
    const best = hasNetwork ? 'network' : 'rate';
    this.strata = [
      new LiveMixture(best, state?.otherwise),
      new LiveMixture(best, state?.afterSuccess),
      new LiveMixture('offset', state?.inTrouble, DOUBT_OF_RECORD),
    ];
    this.level = new CommonLevel(state?.level);
    this.starting = new StartingTrust(state?.starting);
    this.stages = new Map(
      CALIBRATED_STAGES.map((stage) => [stage, new LiveMixture('given', state?.stages?.[stage])]),
    );
  }

  /** Numbers per row that {@link logOdds} leaves for {@link observe}: of each expert, before and after the common level, and that trusted. */
  get notes(): number {
    return Math.max(...this.strata.map(({ expertCount }) => expertCount)) + 3;
  }

  /** Log-odds of the score in a row, with what has passed since; writes {@link notes} numbers to `each` from `at` when given, for {@link observe}. */
  logOdds(scores: ScoreColumns, row: number, each?: Float64Array, at = 0): number {
    const stratum = scores.strata[row]!;
    const before = this.strata[stratum]!.logOdds(scores, row, each, at);
    if (each !== undefined) {
      each[at + this.notes - 3] = before;
      each[at + this.notes - 2] = this.level.shifted(before);
    }
    if (stratum !== IN_TROUBLE) {
      const levelled = this.level.pooled(before);
      if (each !== undefined) each[at + this.notes - 1] = levelled;
      const risk = this.starting.pooled(levelled, scores.starting[row]!) + scores.passed[row]!;
      const ofStage = this.stageOf(scores, row);
      return ofStage === undefined ? risk : this.calibrated(ofStage, risk, each, at);
    }
    const surest = surestLogOdds(this.strata[stratum]!.outcomeCount);
    return Math.max(-surest, Math.min(surest, before));
  }

  /**
   * Learns from outcomes that became known together.
   *
   * @param each {@link notes} numbers per row of `scores`; the rest as `LiveMixture.observe`.
   */
  observe(scores: ScoreColumns, { rows, labels, knownAt }: KnownOutcomes, each: Float64Array): void {
    const { notes } = this;
    const all: number[] = [];
    const staged = new Map<LiveMixture, number[]>();
    for (const row of Array.from(rows)) {
      const ofStage = this.stageOf(scores, row);
      const chosen = ofStage === undefined ? all : (staged.get(ofStage) ?? []);
      chosen.push(row);
      if (ofStage !== undefined) staged.set(ofStage, chosen);
    }
    for (const [mixture, chosen] of staged)
      this.observeStage(mixture, { rows: chosen, labels, knownAt }, each);
    this.strata.forEach((mixture, stratum) => {
      const chosen = all.filter((row) => scores.strata[row] === stratum);
      mixture.observe(scores, { rows: chosen, labels, knownAt }, each, notes);
    });
    const levelled = all.filter((row) => scores.strata[row] !== IN_TROUBLE);
    const note = (offset: number): Float64Array =>
      Float64Array.from(levelled, (row) => each[row * notes + offset]!);
    const known = Uint8Array.from(levelled, (row) => labels[row]!);
    this.level.observe(note(notes - 3), note(notes - 2), known, knownAt);
    const shifts = Float64Array.from(levelled, (row) => scores.starting[row]!);
    this.starting.observe(note(notes - 1), shifts, known, knownAt);
  }

  /** What calibrates a score at its stage; undefined where the strata answer alone. */
  private stageOf(scores: ScoreColumns, row: number): LiveMixture | undefined {
    return scores.strata[row] === IN_TROUBLE ? undefined : this.stages.get(scores.stages[row]!);
  }

  /** The notes of such a row are those of the mixture of its stage, then the risk that it was shown: the strata do not learn from it. */
  private calibrated(mixture: LiveMixture, risk: number, each: Float64Array | undefined, at: number): number {
    this.inHand.rate[0] = risk;
    if (each !== undefined) each[at + mixture.expertCount] = risk;
    return mixture.logOdds(this.inHand, 0, each, at);
  }

  private observeStage(
    mixture: LiveMixture,
    { rows, labels, knownAt }: KnownOutcomes,
    each: Float64Array,
  ): void {
    const { notes } = this;
    const noted = new Float64Array(rows.length * notes);
    const columns = stageColumns(rows.length);
    Array.from(rows).forEach((row, i) => {
      noted.set(each.subarray(row * notes, (row + 1) * notes), i * notes);
      columns.rate[i] = noted[i * notes + mixture.expertCount]!;
    });
    const known = {
      rows: Array.from({ length: rows.length }, (_, i) => i),
      labels: Uint8Array.from(rows, (row) => labels[row]!),
      knownAt,
    };
    mixture.observe(columns, known, noted, notes);
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
      starting: this.starting.state(),
      stages: Object.fromEntries(Array.from(this.stages, ([stage, mixture]) => [stage, mixture.state()])),
    };
  }
}

const CALIBRATED_STAGES = [STAGE_PLANNED] as const;

/** Room for risks that the mixture of a stage reads as its rate. */
function stageColumns(rows: number): ScoreColumns {
  const none = new Float64Array(0);
  const codes = new Uint8Array(0);
  return {
    rate: new Float64Array(rows),
    offset: none,
    residual: none,
    strata: codes,
    stages: codes,
    passed: none,
    starting: none,
  };
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
