import { expect, it } from 'vitest';
import { releaseMemory } from '../../core/release-memory.js';

it('gives back what nothing refers to any more', () => {
  let held: object[] | null = Array.from({ length: 500_000 }, (_, index) => ({ index }));
  releaseMemory();
  const full = process.memoryUsage().heapUsed;
  expect(held).toHaveLength(500_000);
  held = null;
  releaseMemory();
  expect(full - process.memoryUsage().heapUsed).toBeGreaterThan(500_000 * 8);
});

it('leaves no function behind that others could call', () => {
  releaseMemory();
  expect('gc' in globalThis).toBe(false);
});
