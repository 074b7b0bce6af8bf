import { POSTGRES_EPOCH_MICROSECONDS } from './binary-copy-encoder.js';
import { ByteCache } from './byte-cache.js';

const SIGNATURE_BYTES = 11;
const HEADER_BYTES = 19;
const TWO_POW_32 = 4_294_967_296;
const NOTHING = Buffer.alloc(0);

/**
 * Reads rows of `COPY ... TO STDOUT (FORMAT binary)` from chunks that are cut anywhere.
 *
 * `push` a chunk, then call `next` until it is false; after each true, the column methods read the current row.
 */
export class BinaryCopyDecoder {
  readonly #starts: Int32Array;
  readonly #ends: Int32Array;
  readonly #texts = new ByteCache(1 << 16, 64, (text) => text);
  readonly #json = new ByteCache(1 << 14, 128, (text): unknown => JSON.parse(text));
  #buffer: Buffer = NOTHING;
  #at = 0;
  #hasHeader = false;
  #isDone = false;

  constructor(columns: number) {
    this.#starts = new Int32Array(columns);
    this.#ends = new Int32Array(columns);
  }

  /** True once the end of the data was read. */
  get isDone(): boolean {
    return this.#isDone;
  }

  /** Begins the data of another COPY; what was learnt of its texts stays. */
  restart(): void {
    this.#buffer = NOTHING;
    this.#at = 0;
    this.#hasHeader = false;
    this.#isDone = false;
  }

  push(chunk: Buffer): void {
    const rest = this.#buffer.length - this.#at;
    this.#buffer = rest === 0 ? chunk : Buffer.concat([this.#buffer.subarray(this.#at), chunk]);
    this.#at = 0;
  }

  /** Moves to the next complete row; false when the rest of it has not arrived, or at the end. */
  next(): boolean {
    if (!this.#hasHeader && !this.#skipHeader()) return false;
    const buffer = this.#buffer;
    const size = buffer.length;
    let at = this.#at;
    if (at + 2 > size || this.#isDone) return false;
    const columns = (buffer[at]! << 8) | buffer[at + 1]!;
    if (columns === 0xffff) {
      this.#isDone = true;
      return false;
    }
    if (columns !== this.#starts.length) {
      throw new Error(`COPY sent ${columns} columns, expected ${this.#starts.length}`);
    }
    at += 2;
    for (let column = 0; column < columns; column++) {
      if (at + 4 > size) return false;
      const length = readInt32(buffer, at);
      at += 4;
      this.#starts[column] = at;
      if (length < 0) {
        this.#ends[column] = -1;
        continue;
      }
      at += length;
      if (at > size) return false;
      this.#ends[column] = at;
    }
    this.#at = at;
    return true;
  }

  isNull(column: number): boolean {
    return this.#ends[column]! < 0;
  }

  integer16(column: number): number {
    const at = this.#starts[column]!;
    return ((this.#buffer[at]! << 24) >> 16) | this.#buffer[at + 1]!;
  }

  integer32(column: number): number {
    return readInt32(this.#buffer, this.#starts[column]!);
  }

  /** An `int8`, exact up to 2^53. */
  integer64(column: number): number {
    return readInt64(this.#buffer, this.#starts[column]!);
  }

  boolean(column: number): boolean {
    return this.#buffer[this.#starts[column]!] === 1;
  }

  /** A `timestamptz` in Unix seconds: the double nearest to its microseconds. */
  timestamp(column: number): number | null {
    if (this.#ends[column]! < 0) return null;
    return (readInt64(this.#buffer, this.#starts[column]!) + POSTGRES_EPOCH_MICROSECONDS) / 1e6;
  }

  text(column: number): string | null {
    const end = this.#ends[column]!;
    return end < 0 ? null : this.#texts.get(this.#buffer, this.#starts[column]!, end);
  }

  /** Parsed JSON text. Equal texts may share one value, which nobody may change. */
  json(column: number): unknown {
    const end = this.#ends[column]!;
    return end < 0 ? null : this.#json.get(this.#buffer, this.#starts[column]!, end);
  }

  #skipHeader(): boolean {
    const buffer = this.#buffer;
    if (buffer.length < HEADER_BYTES) return false;
    if (buffer.toString('latin1', 0, SIGNATURE_BYTES) !== 'PGCOPY\n\xff\r\n\0') {
      throw new Error('COPY sent something else than its binary format');
    }
    const extension = readInt32(buffer, 15);
    if (buffer.length < HEADER_BYTES + extension) return false;
    this.#at = HEADER_BYTES + extension;
    this.#hasHeader = true;
    return true;
  }
}

function readInt32(buffer: Buffer, at: number): number {
  return (buffer[at]! << 24) | (buffer[at + 1]! << 16) | (buffer[at + 2]! << 8) | buffer[at + 3]!;
}

function readInt64(buffer: Buffer, at: number): number {
  return readInt32(buffer, at) * TWO_POW_32 + (readInt32(buffer, at + 4) >>> 0);
}
