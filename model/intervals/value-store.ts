/** The last values of many keys in one array: a window per key, so that memory is bounded and old values are forgotten. */

/** Values kept per key. */
export const WINDOW = 32;

/** Ids are numbers from 0; a released one is given out again. */
export class ValueStore {
  private values = new Float32Array(64 * WINDOW);
  private pushed = new Uint32Array(64);
  private readonly free: number[] = [];
  private next = 0;

  /** A new, empty window. */
  create(): number {
    const id = this.free.pop() ?? this.next++;
    if (id >= this.pushed.length) this.grow();
    this.pushed[id] = 0;
    return id;
  }

  release(id: number): void {
    this.free.push(id);
  }

  push(id: number, value: number): void {
    const count = this.pushed[id]!;
    this.values[id * WINDOW + (count % WINDOW)] = value;
    this.pushed[id] = count + 1;
  }

  /** Number of values held. */
  count(id: number): number {
    return Math.min(WINDOW, this.pushed[id]!);
  }

  /** The values held, rising; a copy. */
  sorted(id: number): Float32Array {
    const from = id * WINDOW;
    return this.values.slice(from, from + this.count(id)).sort();
  }

  /** The values held, the newest first; a copy. */
  recent(id: number): Float32Array {
    const pushed = this.pushed[id]!;
    const values = new Float32Array(this.count(id));
    for (let age = 0; age < values.length; age++)
      values[age] = this.values[id * WINDOW + ((pushed - 1 - age) % WINDOW)]!;
    return values;
  }

  private grow(): void {
    const values = new Float32Array(2 * this.values.length);
    values.set(this.values);
    this.values = values;
    const pushed = new Uint32Array(2 * this.pushed.length);
    pushed.set(this.pushed);
    this.pushed = pushed;
  }
}
