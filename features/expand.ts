/** Turns facts, in the order of their first visible moment, into events in the order (visible time, fact id, phase). */
import { PHASE_ENDED, PHASE_QUEUED, PHASE_STARTED, type UnixSeconds } from '../core/facts.js';
import type { AnyFact } from '../core/fact-log/decode-facts.js';
import { phaseTime, visibleAt } from '../core/fact-log/visible-time.js';
import type { FactEvent, Phase } from './types.js';

const PHASES: readonly (readonly [bit: number, phase: Phase])[] = [
  [PHASE_QUEUED, 'queued'],
  [PHASE_STARTED, 'started'],
  [PHASE_ENDED, 'ended'],
];

/** Order among events of equal time and fact id: a DAG run derived from its tries shares the id of one of them. */
function rank(event: FactEvent): number {
  if (event.kind !== 'try' && event.kind !== 'dag_run') return 8;
  const kind = event.kind === 'try' ? 0 : 4;
  return kind + (event.phase === 'queued' ? 0 : event.phase === 'started' ? 1 : 2);
}

function isBefore(a: FactEvent, b: FactEvent): boolean {
  if (a.at !== b.at) return a.at < b.at;
  if (a.fact.factId !== b.fact.factId) return a.fact.factId < b.fact.factId;
  return rank(a) < rank(b);
}

/**
 * Holds the events that are told but not visible yet; its size is that of the tries and runs under way. A phase never becomes
 * visible before an earlier phase of its fact (clocks differ), nor before an event that was taken out already.
 */
export class EventQueue {
  /** First events of facts, as far as they came in order. */
  private ordered: FactEvent[] = [];
  private head = 0;
  private readonly heap: FactEvent[] = [];
  private clock = -Infinity;

  /** @param lagSeconds how long after it happened a fact of assumed visibility counts as visible. */
  constructor(private readonly lagSeconds = 0) {}

  /** Takes in a fact and returns the time by which the log orders it; NaN when it tells no moment (a later mark by a person). */
  push(row: AnyFact): UnixSeconds {
    if (row.kind !== 'try' && row.kind !== 'dag_run') {
      const at = visibleAt(row.fact, row.fact.eventTime, this.lagSeconds);
      this.add({ ...row, at: Math.max(this.clock, at) }, true);
      return at;
    }
    let first = NaN;
    let at = this.clock;
    for (const [bit, phase] of PHASES) {
      if ((row.fact.newPhases & bit) === 0) continue;
      const visible = visibleAt(row.fact, phaseTime(row.fact, bit), this.lagSeconds);
      const isFirst = Number.isNaN(first);
      if (isFirst || visible < first) first = visible;
      at = Math.max(at, visible);
      if (row.kind === 'try') this.add({ kind: 'try', phase, at, fact: row.fact }, isFirst);
      else this.add({ kind: 'dag_run', phase, at, fact: row.fact }, isFirst);
    }
    return first;
  }

  /** Time of the next event; Infinity when there is none. */
  get nextAt(): UnixSeconds {
    return this.peek()?.at ?? Infinity;
  }

  /** Events held. */
  get size(): number {
    return this.ordered.length - this.head + this.heap.length;
  }

  /** Takes the next event out, if it is visible strictly before `until`. */
  popBefore(until: UnixSeconds): FactEvent | undefined {
    const next = this.peek();
    if (next === undefined || next.at >= until) return undefined;
    if (next === this.heap[0]) this.removeTop();
    else this.removeHead();
    this.clock = next.at;
    return next;
  }

  private peek(): FactEvent | undefined {
    const first = this.ordered[this.head];
    const top = this.heap[0];
    if (first === undefined) return top;
    return top === undefined || isBefore(first, top) ? first : top;
  }

  /** First events come in order and need no heap; later ones would only bar the way for the firsts that follow. */
  private add(event: FactEvent, isFirst: boolean): void {
    const { ordered } = this;
    if (isFirst && (ordered.length === 0 || isBefore(ordered[ordered.length - 1]!, event)))
      ordered.push(event);
    else this.addToHeap(event);
  }

  private removeHead(): void {
    this.head++;
    if (this.head === this.ordered.length) {
      this.ordered.length = 0;
      this.head = 0;
    } else if (this.head === 4096) {
      this.ordered = this.ordered.slice(this.head);
      this.head = 0;
    }
  }

  private addToHeap(event: FactEvent): void {
    const { heap } = this;
    let index = heap.length;
    heap.push(event);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!isBefore(event, heap[parent]!)) break;
      heap[index] = heap[parent]!;
      index = parent;
    }
    heap[index] = event;
  }

  private removeTop(): void {
    const { heap } = this;
    const event = heap.pop()!;
    const size = heap.length;
    if (size === 0) return;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= size) break;
      if (child + 1 < size && isBefore(heap[child + 1]!, heap[child]!)) child++;
      if (!isBefore(heap[child]!, event)) break;
      heap[index] = heap[child]!;
      index = child;
    }
    heap[index] = event;
  }
}
