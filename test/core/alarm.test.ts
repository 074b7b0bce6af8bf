import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createAlarm } from '../../core/alarm.js';

const never = new AbortController().signal;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('an alarm', () => {
  /** How long a wait lasts by the fake clock. */
  async function lasts(wait: Promise<void>, milliseconds: number): Promise<boolean> {
    let isOver = false;
    void wait.then(() => (isOver = true));
    await vi.advanceTimersByTimeAsync(milliseconds - 1);
    const early = isOver;
    await vi.advanceTimersByTimeAsync(1);
    expect(isOver).toBe(true);
    return !early;
  }

  it('lets a wait end in its time', async () => {
    expect(await lasts(createAlarm().wait(5000, never), 5000)).toBe(true);
  });

  it('ends a wait at once when it rings, and leaves no timer', async () => {
    const alarm = createAlarm();
    const wait = alarm.wait(5000, never);
    alarm.ring();
    await wait;
    expect(vi.getTimerCount()).toBe(0);
  });

  it('ends the next wait when nobody waits, and one alone however often it rang', async () => {
    const alarm = createAlarm();
    for (let time = 0; time < 3; time++) alarm.ring();
    await alarm.wait(5000, never);
    expect(await lasts(alarm.wait(5000, never), 5000)).toBe(true);
  });

  it('ends with the signal', async () => {
    const stop = new AbortController();
    const wait = createAlarm().wait(5000, stop.signal);
    stop.abort();
    await wait;
    await createAlarm().wait(5000, stop.signal);
    expect(vi.getTimerCount()).toBe(0);
  });
});
