/** Decisions by the time at which they are due, each moment's in the order of a backtest. */
import { compareCodePoints } from '../core/fact-log/decision-order.js';
import type { UnixSeconds } from '../core/facts.js';
import type { RowSubject } from './vector-store.js';

interface Bucket<T> {
  readonly at: UnixSeconds;
  readonly items: T[];
}

/** The order of a backtest among decisions of one moment. */
export function compareSubjects(a: RowSubject, b: RowSubject): number {
  return (
    compareCodePoints(a.deployment, b.deployment) ||
    compareCodePoints(a.dagId, b.dagId) ||
    compareCodePoints(a.runId, b.runId) ||
    compareCodePoints(a.taskId, b.taskId) ||
    a.mapIndex - b.mapIndex ||
    a.tryNumber - b.tryNumber
  );
}

/** A queue whose items mostly arrive in the order of their times. */
export class DecisionQueue<T> {
  private buckets: Bucket<T>[] = [];
  private head = 0;

  /** @param compare the order of decisions that are due at one moment */
  constructor(private readonly compare: (a: T, b: T) => number) {}

  add(at: UnixSeconds, item: T): void {
    let index = this.buckets.length;
    while (index > this.head && this.buckets[index - 1]!.at > at) index--;
    const before = index > this.head ? this.buckets[index - 1]! : undefined;
    if (before?.at === at) before.items.push(item);
    else this.buckets.splice(index, 0, { at, items: [item] });
  }

  /** When the next decisions are due; Infinity when there are none. */
  get nextAt(): UnixSeconds {
    return this.head < this.buckets.length ? this.buckets[this.head]!.at : Infinity;
  }

  /** Takes out all decisions of the next moment, in order. */
  pop(): readonly T[] {
    const bucket = this.buckets[this.head]!;
    this.head++;
    if (this.head === this.buckets.length || this.head === 1024) {
      this.buckets = this.buckets.slice(this.head);
      this.head = 0;
    }
    return bucket.items.length === 1 ? bucket.items : bucket.items.sort(this.compare);
  }
}
