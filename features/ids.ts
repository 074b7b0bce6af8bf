/** Small integers for keys of one kind, and what is kept by them. */

/** Told that a number stands for nobody any more: whatever is kept by it begins anew. */
export type IdGivenBack = (id: number) => void;

/** Numbers from 1. One that is given back is given out again, so that tables stay as small as what is remembered. */
export class Ids {
  private readonly free: number[] = [];
  private readonly listeners: IdGivenBack[] = [];
  private last = 0;
  private inUse = 0;

  /** Numbers in use. */
  get held(): number {
    return this.inUse;
  }

  take(): number {
    this.inUse++;
    return this.free.pop() ?? ++this.last;
  }

  giveBack(id: number): void {
    this.inUse--;
    for (const listener of this.listeners) listener(id);
    this.free.push(id);
  }

  onGivenBack(listener: IdGivenBack): void {
    this.listeners.push(listener);
  }
}
