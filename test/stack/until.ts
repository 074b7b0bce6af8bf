/** Waiting for what a test has set going. An error of a condition ends the wait. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { CollectorStatus } from '../../collector/airflow/index.js';
import type { UnixSeconds } from '../../core/facts.js';

/**
 * Asks every half second until the condition holds.
 * @param seen what the error tells instead.
 */
export async function until(
  holds: () => Promise<boolean>,
  seconds: number,
  what: string,
  seen: () => unknown = () => null,
): Promise<void> {
  const deadline = performance.now() + seconds * 1000;
  while (!(await holds())) {
    if (performance.now() > deadline) {
      const instead = seen();
      const found = instead === null ? '' : `, but ${JSON.stringify(instead)}`;
      throw new Error(`after ${seconds} s it is not so that ${what}${found}`);
    }
    await sleep(500);
  }
}

/** Until a collector knows everything up to a time. */
export async function untilCaughtUp(
  at: UnixSeconds,
  seconds: number,
  status: () => CollectorStatus | null,
): Promise<void> {
  await until(
    () => Promise.resolve((status()?.watermark ?? 0) > at),
    seconds,
    `the collector has caught up with ${at}`,
    status,
  );
}
