/** What is remembered of outcomes and appearances, whoever they belong to. */

/** No outcome yet, as an outcome code beside 0 (success) and 1 (failed). */
export const NO_OUTCOME = -1;

/** The latest outcomes of a task or a DAG, newest in the lowest bit; 30 fit a small integer. */
export class OutcomeLedger {
  last = NO_OUTCOME;
  /** 1 bits are failures, of the latest min(total, 30) outcomes. */
  bits = 0;
  total = 0;
  failures = 0;
  /** Outcomes in a row that were equal to `last`. */
  streak = 0;
  lastFailureAt = NaN;
  lastSuccessAt = NaN;
  lastOnsetAt = NaN;

  record(failed: boolean, endedAt: number): void {
    const outcome = failed ? 1 : 0;
    if (failed && this.last === 0) this.lastOnsetAt = endedAt;
    this.streak = this.last === outcome ? this.streak + 1 : 1;
    this.last = outcome;
    this.bits = ((this.bits << 1) | outcome) & 0x3fffffff;
    this.total++;
    if (failed) {
      this.failures++;
      this.lastFailureAt = endedAt;
    } else {
      this.lastSuccessAt = endedAt;
    }
  }

  /** Failures among the latest `count` outcomes (at most 30). */
  failuresAmong(count: number): number {
    let bits = this.bits & (0x3fffffff >> (30 - count));
    // Adds up neighbouring bits in parallel: pairs, then fours, then eights.
    bits -= (bits >> 1) & 0x55555555;
    bits = (bits & 0x33333333) + ((bits >> 2) & 0x33333333);
    return (((bits + (bits >> 4)) & 0x0f0f0f0f) * 0x01010101) >> 24;
  }
}

/** When something was last seen, told so that a subject's own appearance can be left out. */
export class Appearances {
  firstAt = NaN;
  lastAt = NaN;
  /** The appearance before `lastAt`, at a different time. */
  beforeAt = NaN;

  record(at: number): void {
    if (Number.isNaN(this.firstAt)) this.firstAt = at;
    if (at === this.lastAt) return;
    this.beforeAt = this.lastAt;
    this.lastAt = at;
  }

  /** The latest appearance before `moment`; NaN when there is none on record. */
  before(moment: number): number {
    if (this.lastAt < moment) return this.lastAt;
    return this.beforeAt < moment ? this.beforeAt : NaN;
  }
}
