/** When a DAG usually runs and how long it takes, from its last runs. Pure; times and durations in seconds. */
import type { UnixSeconds } from '../../core/facts.js';

const KEPT = 16;

/** The last few values of something, and their median. */
export class RecentValues {
  private readonly values: number[] = [];
  private next = 0;

  push(value: number): void {
    this.values[this.next] = value;
    this.next = (this.next + 1) % KEPT;
  }

  /** Null until there is a value. */
  median(): number | null {
    if (this.values.length === 0) return null;
    const sorted = [...this.values].sort((a, b) => a - b);
    const middle = sorted.length >> 1;
    return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
  }
}

/** How late a run may be, in usual intervals, before the next slot is the one to expect. */
const OVERDUE_INTERVALS = 0.5;

/** The next due time after a last one, `interval` apart; null without either. */
export function nextDue(
  lastDue: UnixSeconds | null,
  interval: number | null,
  now: UnixSeconds,
): UnixSeconds | null {
  if (lastDue === null || interval === null || interval <= 0) return null;
  const due = lastDue + interval;
  if (now - due <= OVERDUE_INTERVALS * interval) return due;
  return lastDue + Math.ceil((now - lastDue) / interval) * interval;
}
