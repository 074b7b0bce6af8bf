/** A forecast of the end of one run as it stood at one moment, and what is issued from it. */
import type { UnixSeconds } from '../../core/facts.js';
import { Correction, FOLLOWED_LEVELS } from './conformal.js';
import type { OwnStage, SharedStage, StageName } from './stages.js';
import type { Deadline } from './deadlines.js';
import { EndDistribution } from './end-distribution.js';
import type { RunSamples } from './forecast-run.js';

/** Levels of the end time that are told; the outer ones outward to whole seconds. */
export const END_QUANTILES = [0.1, 0.5, 0.9] as const;
export type EndQuantiles = readonly [low: UnixSeconds, middle: UnixSeconds, high: UnixSeconds];

/** Samples without a failure from which the distribution of successful runs is taken. */
const LEAST_SUCCESSES = 16;

export interface DecisionKey {
  readonly deployment: string;
  readonly dagId: string;
  readonly runId: string | null;
  readonly stage: StageName;
  readonly decidedAt: UnixSeconds;
  readonly dueAt: UnixSeconds;
  readonly beganAt: UnixSeconds | null;
  readonly deadline: Deadline | null;
}

export class Decision {
  /** Of any run. */
  readonly end: EndDistribution;
  /** Of runs that do not fail: a run that fails before its deadline is not late. */
  readonly success: EndDistribution;
  readonly quantiles: EndQuantiles;
  /** Null without a deadline. */
  readonly lateRisk: number | null;
  /** Thresholds of the end time that have been passed. */
  private passed = 0;
  private readonly played: EndDistribution | null;
  private readonly whole: EndDistribution;
  private readonly wholeShare: number;
  private readonly corrections: { readonly end: Correction; readonly success: Correction };

  constructor(
    readonly key: DecisionKey,
    { played, whole }: RunSamples,
    /** What is learnt from it: by all DAGs of the deployment at this stage, and by its own. */
    private readonly shared: SharedStage,
    private readonly own: OwnStage,
  ) {
    this.corrections = {
      end: new Correction(shared.end, own.end),
      success: new Correction(shared.success, own.success),
    };
    const origin = (key.beganAt ?? key.dueAt) - 1;
    this.whole = EndDistribution.of(origin, whole);
    this.played = played === null ? null : EndDistribution.of(origin, played.ends);
    this.wholeShare = this.played === null ? 1 : own.trust.share(shared.trust);
    this.end = this.mixed(this.played);
    this.success = this.end;
    if (played?.failed.includes(1) === true) {
      const successes = played.ends.filter((_, s) => played.failed[s] === 0);
      if (successes.length >= LEAST_SUCCESSES)
        this.success = this.mixed(EndDistribution.of(origin, successes));
    }
    const earliest = key.stage === 'planned' ? -Infinity : key.decidedAt;
    const quantile = (level: number): UnixSeconds =>
      Math.max(earliest, this.end.quantile(this.corrections.end.rawLevel(level)));
    // Airflow's histories often tell whole seconds: where many runs end in the same second, an interval holds that or not.
    this.quantiles = [Math.max(earliest, Math.floor(quantile(0.1))), quantile(0.5), Math.ceil(quantile(0.9))];
    this.lateRisk = key.deadline === null ? null : this.riskOf(key.deadline.at);
  }

  /**
   * When the next threshold of the end time is passed, Infinity after the last one: that the run is unfinished then is all
   * that the threshold needs to know, however long the run goes on.
   */
  get nextPassingAt(): UnixSeconds {
    if (this.passed === FOLLOWED_LEVELS.length) return Infinity;
    return Math.max(this.key.decidedAt, this.end.quantile(this.corrections.end.followed(this.passed)));
  }

  /** The run was unfinished when the next threshold was passed. */
  pass(): void {
    this.corrections.end.learnLevel(this.passed++, false, this.shared.end, this.own.end);
  }

  /** Moves the thresholds that have not learnt yet, now that the run has ended. */
  learn(endedAt: UnixSeconds, failed: boolean): void {
    const { end, success } = this.corrections;
    const { shared, own } = this;
    if (this.played !== null)
      own.trust.learn(shared.trust, this.wholeShare, this.played, this.whole, endedAt);
    const level = this.end.probability(endedAt);
    for (let k = 0; k < FOLLOWED_LEVELS.length; k++) {
      const isBelow = end.isBelow(k, level);
      if (k >= this.passed) end.learnLevel(k, isBelow, shared.end, own.end);
      // News of the end may come after a threshold that the run itself did not reach.
      else if (isBelow) end.revoke(k, shared.end, own.end);
    }
    if (!failed) success.learn(this.success.probability(endedAt), shared.success, own.success);
  }

  private mixed(played: EndDistribution | null): EndDistribution {
    return played === null ? this.whole : played.with(this.whole, this.wholeShare);
  }

  private riskOf(deadline: UnixSeconds): number {
    if (this.key.decidedAt >= deadline) return 1;
    return 1 - this.corrections.success.level(this.success.probability(deadline));
  }
}
