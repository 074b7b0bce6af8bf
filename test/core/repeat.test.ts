import { describe, expect, it, vi } from 'vitest';
import { AppError } from '../../core/errors.js';
import { silentLogger } from '../../core/logger.js';
import { repeat } from '../../core/repeat.js';

/** Runs the turns, each of which may throw, and then aborts; what was logged. */
async function turns(...work: (() => void)[]): Promise<unknown[]> {
  const controller = new AbortController();
  const logger = silentLogger();
  const warn = vi.spyOn(logger, 'warn');
  let turn = 0;
  await repeat(
    () => {
      const now = work[turn++];
      if (turn === work.length) controller.abort();
      now?.();
      return Promise.resolve();
    },
    { everySeconds: 0, signal: controller.signal, logger, failure: 'cannot' },
  );
  expect(turn).toBe(work.length);
  return warn.mock.calls.map(([first]) => (first as { err: Error }).err.message);
}

const fail = (message: string) => (): void => {
  throw new Error(message);
};
const succeed = (): void => undefined;

describe('repeat', () => {
  it('goes on after errors, and logs each once for as long as it stays the same', async () => {
    const told = await turns(fail('a'), fail('a'), fail('b'), fail('b'), succeed, fail('b'), succeed);
    expect(told).toEqual(['a', 'b', 'b']);
  });

  it('says nothing of work that was cut off by the stop', async () => {
    const stop = (): void => {
      throw new AppError('cancelled', 'stopped');
    };
    expect(await turns(succeed, stop)).toEqual([]);
  });

  it('does nothing once it is stopped', async () => {
    const work = vi.fn(() => Promise.resolve());
    const signal = AbortSignal.abort();
    await repeat(work, { everySeconds: 1, signal, logger: silentLogger(), failure: 'cannot' });
    expect(work).not.toHaveBeenCalled();
  });
});
