import { describe, expect, it } from 'vitest';
import { AirflowError, type AirflowErrorKind } from '../../../../collector/airflow/http/airflow-error.js';
import { createRetrying } from '../../../../collector/airflow/http/retrying.js';
import { silentLogger } from '../../../../core/logger.js';

/** Fails so many times, then answers. */
function failing(kind: AirflowErrorKind, times: number) {
  const waits: number[] = [];
  const retrying = createRetrying({
    logger: silentLogger(),
    retryForSeconds: 60,
    wait: (seconds) => Promise.resolve(void waits.push(seconds)),
    chance: () => 0,
  });
  let left = times;
  const attempt = (): Promise<string> =>
    left-- > 0 ? Promise.reject(new AirflowError(kind, 'gone')) : Promise.resolve('answer');
  return { retrying, attempt, waits };
}

describe('retrying', () => {
  it.each(['server_error', 'timeout', 'unreachable'] as const)('goes on after %s', async (kind) => {
    const { retrying, attempt, waits } = failing(kind, 4);
    await expect(retrying.run({}, attempt)).resolves.toBe('answer');
    expect(waits).toHaveLength(4);
    expect(retrying.count()).toBe(4);
  });

  it('gives up when the time for it is over', async () => {
    const { retrying, attempt, waits } = failing('timeout', Infinity);
    await expect(retrying.run({}, attempt)).rejects.toThrow('gone');
    expect(waits.reduce((sum, seconds) => sum + seconds)).toBeLessThanOrEqual(60);
  });

  it.each([
    ['an answer that says no', 'unauthorized', {}],
    ['a time-out that the caller asks less after', 'timeout', { isTimeoutFinal: true }],
    ['a first contact', 'unreachable', { isSingleAttempt: true }],
  ] as const)('does not try again after %s', async (_what, kind, options) => {
    const { retrying, attempt, waits } = failing(kind, 1);
    await expect(retrying.run(options, attempt)).rejects.toThrow('gone');
    expect(waits).toEqual([]);
  });
});
