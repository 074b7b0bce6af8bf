import { describe, expect, it } from 'vitest';
import { packBundle, unpackBundle } from '../../model/bundle.js';

const data = {
  name: 'näme 🙂',
  nested: [{ weights: Float32Array.of(1.5, -2, NaN), ids: Int32Array.of(-1, 7) }, null, true],
  exact: Float64Array.of(Math.PI, Infinity),
  bytes: Uint8Array.of(1, 2, 3),
  empty: new Float32Array(0),
};

describe('bundle', () => {
  it('gives back what was packed', () => {
    expect(unpackBundle(packBundle(data))).toEqual(data);
  });

  it('can be read at any offset of a larger buffer', () => {
    const packed = packBundle(data);
    const shifted = Buffer.concat([Buffer.from('x'), packed]).subarray(1);
    expect(unpackBundle(shifted)).toEqual(data);
  });

  it('refuses foreign and shortened bytes', () => {
    expect(() => unpackBundle(Buffer.from('GIF89a and so on'))).toThrow(/not a model/);
    const packed = packBundle(data);
    expect(() => unpackBundle(packed.subarray(0, packed.length - 20))).toThrow(/cut short/);
    expect(() => unpackBundle(packed.subarray(0, 20))).toThrow(/cut short/);
  });
});
