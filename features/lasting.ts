/** How long tries last before they end, apart for successes and failures. */
import { DAY, DecayedMean } from './decay.js';
import type { Ids } from './ids.js';

/** Durations over the usual are told apart in steps of half a unit of their logarithm, within this many steps of it. */
const STEPS_EITHER_WAY = 8;
const STEP = 0.5;
const BUCKETS = 2 * STEPS_EITHER_WAY + 1;
/** Each level counts as so many tries of the level above. */
const PRIOR_WEIGHT = 5;
/** No time that has passed says more than this. */
const MOST = 4;

function bucketOf(logRatio: number): number {
  const step = Math.floor(logRatio / STEP + 0.5) + STEPS_EITHER_WAY;
  return Math.max(0, Math.min(BUCKETS - 1, step));
}

/** Decayed numbers of tries per key by how long they lasted. */
class Durations {
  private readonly counts: DecayedMean;

  constructor(ids?: Ids) {
    this.counts = new DecayedMean(128 * DAY, ids, BUCKETS);
  }

  add(row: number, bucket: number, at: number, age: number): void {
    this.counts.add(row * BUCKETS + bucket, at, 1, age);
  }

  /** Share of the tries that lasted longer than the bucket, with half of those in it; drawn towards a prior. */
  longer(row: number, bucket: number, now: number, prior: number): number {
    let longer = 0;
    let all = 0;
    for (let b = 0; b < BUCKETS; b++) {
      const count = this.counts.count(row * BUCKETS + b, now);
      all += count;
      if (b > bucket) longer += count;
      else if (b === bucket) longer += count / 2;
    }
    return (longer + PRIOR_WEIGHT * prior) / (all + PRIOR_WEIGHT);
  }
}

/**
 * What it says of a running try that it lasts: by Bayes' rule, its log-odds of failing move by the logarithm of the share of failed tries that
 * lasted as long over that of successful ones. Kept per task from its first failure on, drawn towards the deployment.
 */
export class Lasting {
  private readonly inDeployment = [new Durations(), new Durations()] as const;
  private readonly inTask: readonly [Durations, Durations];

  /** @param rows rows of tasks. */
  constructor(rows: Ids) {
    this.inTask = [new Durations(rows), new Durations(rows)];
  }

  /**
   * @param taskRow row of the task; 0 for one that has not failed yet.
   * @param logRatio logarithm of the duration over the usual.
   */
  add(
    deploymentId: number,
    taskRow: number,
    failed: boolean,
    logRatio: number,
    at: number,
    age: number,
  ): void {
    const bucket = bucketOf(logRatio);
    const side = failed ? 1 : 0;
    this.inDeployment[side].add(deploymentId, bucket, at, age);
    if (taskRow > 0) this.inTask[side].add(taskRow, bucket, at, age);
  }

  /** Change of the log-odds of failing of a try that has lasted so long. */
  shift(deploymentId: number, taskRow: number, logRatio: number, now: number): number {
    const bucket = bucketOf(logRatio);
    const share = (side: 0 | 1, prior: number): number => {
      const anywhere = this.inDeployment[side].longer(deploymentId, bucket, now, prior);
      return this.inTask[side].longer(taskRow, bucket, now, anywhere);
    };
    // Before any failure, failures are taken to last as long as successes do.
    const succeeded = share(0, 1);
    const failed = share(1, succeeded);
    return Math.max(-MOST, Math.min(MOST, Math.log(failed / succeeded)));
  }
}
