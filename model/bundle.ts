/** Plain data with typed arrays in one buffer: a JSON header, then the arrays as raw little-endian bytes. */
import { AppError } from '../core/errors.js';

const MAGIC = 'ORCM1\n';

const ARRAY_TYPES = { Float32Array, Float64Array, Int32Array, Uint8Array } as const;
type ArrayName = keyof typeof ARRAY_TYPES;

interface ArrayReference {
  readonly $array: ArrayName;
  readonly at: number;
  readonly length: number;
}

/** Packs plain data: objects, arrays, strings, finite numbers, booleans, null and typed arrays. */
export function packBundle(data: unknown): Buffer {
  const parts: Buffer[] = [];
  let at = 0;
  const header = JSON.stringify(data, (_key, value: unknown) => {
    const name = arrayName(value);
    if (name === undefined) return value;
    const array = value as Float32Array;
    const bytes = Buffer.from(array.buffer, array.byteOffset, array.byteLength);
    const padding = Buffer.alloc((8 - (bytes.length % 8)) % 8);
    const reference: ArrayReference = { $array: name, at, length: array.length };
    parts.push(bytes, padding);
    at += bytes.length + padding.length;
    return reference;
  });
  const head = Buffer.from(header, 'utf8');
  const lead = Buffer.alloc(MAGIC.length + 4);
  lead.write(MAGIC, 'latin1');
  lead.writeUInt32LE(head.length, MAGIC.length);
  return Buffer.concat([lead, head, ...parts]);
}

function arrayName(value: unknown): ArrayName | undefined {
  if (value instanceof Float32Array) return 'Float32Array';
  if (value instanceof Float64Array) return 'Float64Array';
  if (value instanceof Int32Array) return 'Int32Array';
  return value instanceof Uint8Array ? 'Uint8Array' : undefined;
}

/**
 * What {@link packBundle} was given, as copies.
 *
 * @throws AppError `input_invalid` when the buffer is not such a bundle, or is cut short.
 */
export function unpackBundle(buffer: Buffer): unknown {
  const start = MAGIC.length + 4;
  if (buffer.length < start || buffer.toString('latin1', 0, MAGIC.length) !== MAGIC) {
    throw new AppError(
      'input_invalid',
      'These bytes are not a model of ORC AI: the leading mark is missing.',
    );
  }
  const body = start + buffer.readUInt32LE(MAGIC.length);
  if (buffer.length < body) throw cutShort();
  return JSON.parse(buffer.toString('utf8', start, body), (_key, value: unknown) => {
    if (typeof value !== 'object' || value === null || !('$array' in value)) return value;
    const { $array, at, length } = value as ArrayReference;
    const type = ARRAY_TYPES[$array];
    const from = body + at;
    if (from + length * type.BYTES_PER_ELEMENT > buffer.length) throw cutShort();
    const bytes = new Uint8Array(buffer.subarray(from, from + length * type.BYTES_PER_ELEMENT));
    return new type(bytes.buffer, 0, length);
  }) as unknown;
}

function cutShort(): AppError {
  return new AppError('input_invalid', 'The model is cut short: it ends before its weights do.');
}
