/** Things in the order in which they were last touched. */

/** A thing that can stand in a {@link RecencyList}; the list alone writes to it. */
export interface Linked<T> {
  newer: T | null;
  older: T | null;
}

/** A doubly linked list through the things themselves: a touch takes no look-up and no memory. */
export class RecencyList<T extends Linked<T>> {
  private newest: T | null = null;
  private last: T | null = null;

  /** What was touched longest ago; null when empty. */
  get oldest(): T | null {
    return this.last;
  }

  /** Makes it the newest, whether or not it stood in the list. */
  touch(item: T): void {
    if (item === this.newest) return;
    this.remove(item);
    item.older = this.newest;
    if (this.newest !== null) this.newest.newer = item;
    else this.last = item;
    this.newest = item;
  }

  /** Takes it out; nothing happens to one that does not stand in the list. */
  remove(item: T): void {
    const { newer, older } = item;
    if (newer !== null) newer.older = older;
    else if (item === this.newest) this.newest = older;
    if (older !== null) older.newer = newer;
    else if (item === this.last) this.last = newer;
    item.newer = null;
    item.older = null;
  }
}
