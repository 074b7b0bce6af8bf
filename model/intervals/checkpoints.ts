/** Moments to come, each with what to do then: a binary heap. */
import type { UnixSeconds } from '../../core/facts.js';

export interface Checkpoint<T> {
  readonly at: UnixSeconds;
  /** Order of arrival, which breaks ties. */
  readonly number: number;
  readonly item: T;
}

function isBefore<T>(a: Checkpoint<T>, b: Checkpoint<T>): boolean {
  return a.at !== b.at ? a.at < b.at : a.number < b.number;
}

export class Checkpoints<T> {
  private readonly heap: Checkpoint<T>[] = [];
  private added = 0;

  /** A moment that never comes is not kept. */
  add(at: UnixSeconds, item: T): void {
    if (at === Infinity) return;
    const { heap } = this;
    const made = { at, number: this.added++, item };
    let index = heap.length;
    heap.push(made);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!isBefore(made, heap[parent]!)) break;
      heap[index] = heap[parent]!;
      index = parent;
    }
    heap[index] = made;
  }

  /** Takes out the first one at or before `at`; null when there is none. */
  popUntil(at: UnixSeconds): Checkpoint<T> | null {
    const { heap } = this;
    const top = heap[0];
    if (top === undefined || top.at > at) return null;
    const last = heap.pop()!;
    if (heap.length === 0) return top;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++;
      if (!isBefore(heap[child]!, last)) break;
      heap[index] = heap[child]!;
      index = child;
    }
    heap[index] = last;
    return top;
  }
}
