/** A listener that is started anew when its thread dies, with counts that go on. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { KnownNameList } from '../known-names.js';
import type {
  IntakeService,
  IntakeServiceEvents,
  IntakeServiceOptions,
  ListenerCounts,
} from './intake-service.js';
import { startListener, type StartListener } from './start-listener.js';

export const NO_COUNTS: ListenerCounts = {
  packets: 0,
  samples: 0,
  parseErrors: 0,
  capped: {},
  ignored: {},
  kernelDrops: null,
  forwardFailures: 0,
};

const FIRST_WAIT_SECONDS = 1;
const LONGEST_WAIT_SECONDS = 30;

export interface LastingOptions {
  readonly start?: StartListener;
  /** Waits between attempts; replaced by tests. */
  readonly wait?: (seconds: number, signal: AbortSignal) => Promise<void>;
}

/**
 * As {@link startListener}; a death of the thread goes to `onError`, and counts are since the start of the first thread.
 *
 * @throws AppError when the first start fails
 */
export async function startLastingListener(
  options: IntakeServiceOptions,
  events: IntakeServiceEvents,
  { start = startListener, wait = waitFor }: LastingOptions = {},
): Promise<IntakeService> {
  const closing = new AbortController();
  let counts = NO_COUNTS;
  let known: readonly [KnownNameList, string | null] | null = null;
  let restarting = Promise.resolve();

  const open = async (): Promise<IntakeService> => {
    const before = counts;
    const opened = await start(options, {
      onWindow: (window) => {
        counts = addCounts(before, window.counts);
        events.onWindow({ ...window, counts });
      },
      onError: events.onError,
      onDeath: (error) => {
        events.onError(error);
        restarting = restart();
      },
    });
    if (known !== null) opened.know(...known);
    return opened;
  };
  const restart = async (): Promise<void> => {
    for (let failures = 0; ; failures++) {
      await wait(Math.min(LONGEST_WAIT_SECONDS, FIRST_WAIT_SECONDS * 2 ** failures), closing.signal);
      if (closing.signal.aborted) return;
      try {
        service = await open();
        return;
      } catch (error) {
        events.onError(error instanceof Error ? error : new Error(String(error)));
      }
    }
  };

  let service = await open();
  return {
    address: service.address,
    receiveBufferBytes: service.receiveBufferBytes,
    know: (list, airflowVersion) => {
      known = [list, airflowVersion];
      service.know(list, airflowVersion);
    },
    close: async () => {
      closing.abort();
      await restarting;
      await service.close();
    },
  };
}

function addCounts(before: ListenerCounts, more: ListenerCounts): ListenerCounts {
  const drops = [before.kernelDrops, more.kernelDrops].filter((count) => count !== null);
  return {
    packets: before.packets + more.packets,
    samples: before.samples + more.samples,
    parseErrors: before.parseErrors + more.parseErrors,
    capped: addByName(before.capped, more.capped),
    ignored: addByName(before.ignored, more.ignored),
    kernelDrops: drops.length === 0 ? null : drops.reduce((sum, count) => sum + count),
    forwardFailures: before.forwardFailures + more.forwardFailures,
  };
}

function addByName(
  before: Readonly<Record<string, number>>,
  more: Readonly<Record<string, number>>,
): Record<string, number> {
  const sum = { ...before };
  for (const [name, count] of Object.entries(more)) sum[name] = (sum[name] ?? 0) + count;
  return sum;
}

async function waitFor(seconds: number, signal: AbortSignal): Promise<void> {
  await sleep(seconds * 1000, undefined, { signal }).catch(() => undefined);
}
