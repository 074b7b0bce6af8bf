import { expect, it } from 'vitest';
import { representedBy, spreadRows } from '../../model/rows.js';

it('rows are spread evenly over all, each at most once where they weigh the same', () => {
  expect(Array.from(spreadRows({ rows: 10 }, 5))).toEqual([0, 2, 4, 6, 8]);
  expect(Array.from(spreadRows({ rows: 7 }, 3))).toEqual([0, 2, 4]);
  expect(Array.from(spreadRows({ rows: 3 }, 10))).toEqual([0, 1, 2]);
  expect(Array.from(spreadRows({ rows: 3, weights: Float32Array.of(1, 1, 1) }, 3))).toEqual([0, 1, 2]);
  expect(spreadRows({ rows: 0 }, 5)).toHaveLength(0);
});

it('a row comes as often as its weight asks for', () => {
  const weights = Float32Array.of(4, 1, 1, 1, 1, 8, 8);
  const chosen = Array.from(spreadRows({ rows: 7, weights }, 6));
  expect(chosen).toEqual([0, 1, 5, 5, 6, 6]);
});

it('rows and failures are counted by what they stand for', () => {
  const vectors = { labels: Uint8Array.of(0, 1, 1, 0), weights: Float32Array.of(2, 2.5, 1, 4) };
  expect(representedBy(vectors, Int32Array.of(0, 1, 2))).toEqual({ rows: 6, failures: 4 });
  expect(representedBy({ labels: vectors.labels }, Int32Array.of(1, 3))).toEqual({ rows: 2, failures: 1 });
});
