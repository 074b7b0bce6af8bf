/** Which of the older subjects are described, where a sample of them is enough. */
import type { UnixSeconds } from '../core/facts.js';
import { keyShare } from './key-share.js';
import { runKey, tryKey } from './row-keys.js';
import type { RowSubject } from './vector-store.js';

export interface OlderSampleOptions {
  /** What is decided from then on is described whole. */
  readonly before: UnixSeconds;
  /** Shares, above 0 to 1, of the tries and DAG runs decided earlier. */
  readonly tryShare: number;
  readonly runShare: number;
  readonly seed: number;
}

/**
 * Chooses by a hash of the ids, never by an outcome: that is not known yet when a live try is described. A row that was chosen stands for
 * 1 / share rows. All rows of a DAG run are chosen together.
 */
export class OlderSample {
  private readonly purpose: string;

  constructor(private readonly options: OlderSampleOptions) {
    // Trainings that go on from one another shall not be shown the same sample again and again.
    this.purpose = `older ${options.seed} ${options.before}`;
  }

  wantsTry(ids: RowSubject, decidedAt: UnixSeconds): boolean {
    const { before, tryShare } = this.options;
    return decidedAt >= before || keyShare(tryKey(ids), this.purpose) < tryShare;
  }

  wantsRun(ids: Pick<RowSubject, 'deployment' | 'dagId' | 'runId'>, decidedAt: UnixSeconds): boolean {
    const { before, runShare } = this.options;
    return decidedAt >= before || keyShare(runKey(ids), this.purpose) < runShare;
  }

  /** How many tries a described one stands for. */
  tryWeight(decidedAt: UnixSeconds): number {
    return decidedAt >= this.options.before ? 1 : 1 / this.options.tryShare;
  }

  /** How many rows of DAG runs a described one stands for. */
  runWeight(decidedAt: UnixSeconds): number {
    return decidedAt >= this.options.before ? 1 : 1 / this.options.runShare;
  }
}
