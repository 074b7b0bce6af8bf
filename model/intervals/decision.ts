/** A forecast of the end of one run as it stood at one moment, and what is issued from it. */
import type { UnixSeconds } from '../../core/facts.js';
import { Correction, FOLLOWED_LEVELS } from './conformal.js';
import type { StageName, StageThresholds } from './dag-times.js';
import type { Deadline } from './deadlines.js';
import { EndDistribution } from './end-distribution.js';
import type { RunSamples } from './forecast-run.js';

/** Levels of the end time that are told. */
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
  private readonly corrections: { readonly end: Correction; readonly success: Correction };

  constructor(
    readonly key: DecisionKey,
    samples: RunSamples,
    readonly shared: StageThresholds,
    readonly own: StageThresholds,
  ) {
    this.corrections = {
      end: new Correction(shared.end, own.end),
      success: new Correction(shared.success, own.success),
    };
    const origin = (key.beganAt ?? key.dueAt) - 1;
    this.end = new EndDistribution(origin, samples.ends);
    this.success = this.end;
    if (samples.failed.includes(1)) {
      const successes = samples.ends.filter((_, s) => samples.failed[s] === 0);
      if (successes.length >= LEAST_SUCCESSES) this.success = new EndDistribution(origin, successes);
    }
    const earliest = key.stage === 'planned' ? -Infinity : key.decidedAt;
    const quantile = (level: number): UnixSeconds =>
      Math.max(earliest, this.end.quantile(this.corrections.end.rawLevel(level)));
    this.quantiles = [quantile(0.1), quantile(0.5), quantile(0.9)];
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
    const level = this.end.probability(endedAt);
    for (let k = 0; k < FOLLOWED_LEVELS.length; k++) {
      const isBelow = end.isBelow(k, level);
      if (k >= this.passed) end.learnLevel(k, isBelow, this.shared.end, this.own.end);
      // News of the end may come after a threshold that the run itself did not reach.
      else if (isBelow) end.revoke(k, this.shared.end, this.own.end);
    }
    if (!failed) success.learn(this.success.probability(endedAt), this.shared.success, this.own.success);
  }

  private riskOf(deadline: UnixSeconds): number {
    if (this.key.decidedAt >= deadline) return 1;
    return 1 - this.corrections.success.level(this.success.probability(deadline));
  }
}
