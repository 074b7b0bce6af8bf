/**
 * Makes values from UTF-8 bytes and hands out the same value for the same bytes, as long as its slot is not taken by others.
 *
 * The columns of a fact log repeat: hashing a few bytes here costs a third of a call into the decoder, saves the memory of
 * the copies, and later look-ups in maps compare pointers. Memory is bounded by `slots` values of at most `maxBytes` bytes;
 * longer ones are made anew each time.
 */
export class ByteCache<T> {
  readonly #create: (text: string) => T;
  readonly #mask: number;
  readonly #maxBytes: number;
  readonly #values: (T | undefined)[];
  readonly #lengths: Int32Array;
  readonly #bytes: Uint8Array;

  /** `slots` is a power of two. */
  constructor(slots: number, maxBytes: number, create: (text: string) => T) {
    this.#create = create;
    this.#mask = slots - 1;
    this.#maxBytes = maxBytes;
    this.#values = new Array<T | undefined>(slots).fill(undefined);
    this.#lengths = new Int32Array(slots).fill(-1);
    this.#bytes = new Uint8Array(slots * maxBytes);
  }

  get(buffer: Buffer, start: number, end: number): T {
    const length = end - start;
    if (length > this.#maxBytes) return this.#create(buffer.toString('utf8', start, end));
    let hash = length;
    for (let at = start; at < end; at++) hash = Math.imul(hash ^ buffer[at]!, 0x01000193);
    const slot = (hash ^ (hash >>> 15)) & this.#mask;
    const offset = slot * this.#maxBytes;
    const bytes = this.#bytes;
    if (this.#lengths[slot] === length) {
      let index = 0;
      while (index < length && bytes[offset + index] === buffer[start + index]) index++;
      if (index === length) return this.#values[slot]!;
    }
    const value = this.#create(buffer.toString('utf8', start, end));
    this.#values[slot] = value;
    this.#lengths[slot] = length;
    for (let index = 0; index < length; index++) bytes[offset + index] = buffer[start + index]!;
    return value;
  }
}
