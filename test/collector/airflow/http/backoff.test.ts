import { describe, expect, it } from 'vitest';
import { backoffSeconds, parseRetryAfter } from '../../../../collector/airflow/http/backoff.js';

describe('backoff', () => {
  it('doubles up to a limit, spread by chance', () => {
    expect([1, 2, 3, 4, 5, 6, 50].map((attempt) => backoffSeconds(attempt, 1))).toEqual([
      0.5, 1, 2, 4, 8, 15, 15,
    ]);
    expect(backoffSeconds(3, 0)).toBe(1);
  });

  it('waits as long as the server asks, within reason', () => {
    expect(backoffSeconds(1, 0, 7)).toBe(7);
    expect(backoffSeconds(1, 0, 9999)).toBe(120);
  });

  it('reads Retry-After as seconds or date', () => {
    expect(parseRetryAfter('12', 0)).toBe(12);
    expect(parseRetryAfter('Mon, 23 Nov 2026 16:30:52 GMT', 1795451450)).toBe(2);
    expect(parseRetryAfter('Mon, 23 Nov 2026 16:30:52 GMT', 1795451999)).toBe(0);
    expect(parseRetryAfter('soon', 0)).toBeNull();
    expect(parseRetryAfter(null, 0)).toBeNull();
  });
});
