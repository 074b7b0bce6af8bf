/** Work that is done again and again until it is told to stop. */
import { createAlarm, type Alarm } from './alarm.js';
import { AppError, errorMessage } from './errors.js';
import type { Logger } from './logger.js';

export interface Repetition {
  /** From the end of one time to the begin of the next. */
  readonly everySeconds: number;
  readonly signal: AbortSignal;
  readonly logger: Logger;
  /** What is logged of an error, once for as long as it stays the same. */
  readonly failure: string;
  /** Cuts the wait short. */
  readonly alarm?: Alarm;
}

/** Does the work, waits, and does it again until the signal aborts. Never rejects. */
export async function repeat(
  work: () => Promise<void>,
  { everySeconds, signal, logger, failure, alarm = createAlarm() }: Repetition,
): Promise<void> {
  let lastError: string | null = null;
  while (!signal.aborted) {
    try {
      await work();
      lastError = null;
    } catch (error) {
      const message = errorMessage(error);
      const isStopping = error instanceof AppError && error.code === 'cancelled';
      if (!isStopping && message !== lastError) logger.warn({ err: error }, failure);
      lastError = message;
    }
    await alarm.wait(everySeconds * 1000, signal);
  }
}
