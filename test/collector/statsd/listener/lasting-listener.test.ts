import { describe, expect, it } from 'vitest';
import { NO_COUNTS, startLastingListener } from '../../../../collector/statsd/listener/lasting-listener.js';
import type { ListenerEvents, StartListener } from '../../../../collector/statsd/listener/start-listener.js';
import { OPTIONS } from './support.js';

const KNOWN = { dags: [{ dagId: 'a', taskIds: ['b'] }], pools: [] };

/** Threads that can be made to die; `refusals` is how many starts fail after the first. */
function fakeThreads(refusals = 0) {
  const threads: { events: ListenerEvents; knows: unknown[]; isClosed: boolean }[] = [];
  let left = refusals;
  const start: StartListener = (_options, events) => {
    if (threads.length > 0 && left-- > 0) return Promise.reject(new Error('taken'));
    const thread = { events, knows: [] as unknown[], isClosed: false };
    threads.push(thread);
    return Promise.resolve({
      address: 'udp://127.0.0.1:8125',
      receiveBufferBytes: 1,
      know: (list, version) => thread.knows.push([list, version]),
      close: () => {
        thread.isClosed = true;
        return Promise.resolve();
      },
    });
  };
  return { threads, start };
}

const window = (packets: number, kernelDrops: number | null = null) => ({
  end: 1,
  observations: [],
  series: 0,
  counts: { ...NO_COUNTS, packets, kernelDrops, capped: { ti_finish: packets } },
});

describe('a listener whose thread dies', () => {
  it('is started anew, knows the names again, and counts on', async () => {
    const { threads, start } = fakeThreads();
    const errors: string[] = [];
    const told: unknown[] = [];
    const service = await startLastingListener(
      OPTIONS,
      { onWindow: ({ counts }) => told.push(counts), onError: ({ message }) => errors.push(message) },
      { start, wait: () => Promise.resolve() },
    );
    service.know(KNOWN, '3.2.1');
    threads[0]!.events.onWindow(window(5, 2));
    threads[0]!.events.onDeath(new Error('out of memory'));
    await expect.poll(() => threads.length).toBe(2);
    await expect.poll(() => threads[1]!.knows).toEqual([[KNOWN, '3.2.1']]);
    threads[1]!.events.onWindow(window(3));
    expect(told).toMatchObject([
      { packets: 5, kernelDrops: 2, capped: { ti_finish: 5 } },
      { packets: 8, kernelDrops: 2, capped: { ti_finish: 8 } },
    ]);
    expect(errors).toEqual(['out of memory']);
    await service.close();
    expect(threads.map(({ isClosed }) => isClosed)).toEqual([false, true]);
  });

  it('is tried again with longer and longer waits while it cannot start', async () => {
    const { threads, start } = fakeThreads(7);
    const waits: number[] = [];
    const service = await startLastingListener(
      OPTIONS,
      { onWindow: () => undefined, onError: () => undefined },
      { start, wait: (seconds) => Promise.resolve(void waits.push(seconds)) },
    );
    threads[0]!.events.onDeath(new Error('gone'));
    await expect.poll(() => threads.length).toBe(2);
    expect(waits).toEqual([1, 2, 4, 8, 16, 30, 30, 30]);
    await service.close();
  });

  it('stays closed when it is closed while it waits', async () => {
    const { threads, start } = fakeThreads();
    const service = await startLastingListener(
      OPTIONS,
      { onWindow: () => undefined, onError: () => undefined },
      {
        start,
        wait: (_seconds, signal) =>
          new Promise((resolve) => {
            signal.addEventListener('abort', () => {
              resolve();
            });
          }),
      },
    );
    threads[0]!.events.onDeath(new Error('gone'));
    await service.close();
    expect(threads).toHaveLength(1);
  });
});
