/** What forecasts of one stage of a run learn from their outcomes. */
import { Thresholds } from './conformal.js';
import { SharedTrust, WholeTrust } from './whole-trust.js';

export type StageName = 'planned' | 'queued' | 'running';

/** By all DAGs of a deployment, where they rest on about as much evidence. */
export class SharedStage {
  /** Of end times of any run, and of those that do not fail. */
  readonly end: Thresholds;
  readonly success: Thresholds;
  readonly trust = new SharedTrust();

  /** @param width how much wider than the forecast's the intervals are at first. */
  constructor(width: number) {
    this.end = new Thresholds(width);
    this.success = new Thresholds(width);
  }
}

/** By one DAG: how it differs from the others. */
export class OwnStage {
  readonly end = new Thresholds();
  readonly success = new Thresholds();
  readonly trust = new WholeTrust();
}
