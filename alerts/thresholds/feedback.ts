/** What people said of the warnings of a DAG makes its next ones dearer. Pure. */
import type { Costs } from './costs.js';

/** Of the last incidents of a DAG. */
export interface Feedback {
  readonly incidents: number;
  /** Of these, those that somebody called not useful. */
  readonly notUseful: number;
}

/** Incidents that are looked back on: older ones speak of another DAG. */
export const FEEDBACK_INCIDENTS = 10;
/** When every warning was called useless, one costs so many times as much; less would not be felt, more would silence a DAG. */
const MOST_FACTOR = 3;
/** Incidents without complaint that are presumed: one press says little of a DAG. */
const PRESUMED = 2;

/** How many times as much a warning costs, from 1 to below 3. */
export function feedbackFactor({ incidents, notUseful }: Feedback): number {
  return 1 + ((MOST_FACTOR - 1) * Math.min(notUseful, incidents)) / (incidents + PRESUMED);
}

export function withFeedback(costs: Costs, feedback: Feedback | undefined): Costs {
  return feedback === undefined ? costs : { ...costs, warning: costs.warning * feedbackFactor(feedback) };
}
