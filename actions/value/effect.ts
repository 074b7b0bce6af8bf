/** What acting did, per treated incident, with a 95 % interval. */
export interface Effect {
  /** Above 0: acting helped. */
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
}
