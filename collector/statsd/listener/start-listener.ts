/**
 * Runs the listener in a thread of its own: scoring holds the main thread for up to half a second, and in that time a busy
 * Airflow sends more than the system's receive buffer holds.
 */
import { Worker } from 'node:worker_threads';
import { AppError } from '../../../core/errors.js';
import { workerUrl } from '../../../core/worker-url.js';
import type { IntakeService, IntakeServiceEvents, IntakeServiceOptions } from './intake-service.js';
import type { ThreadCommand, ThreadMessage } from './thread-messages.js';

/** A thread that has not ended by then is cut off: its last window is lost. */
const CLOSE_TIMEOUT_MS = 5000;

export interface ListenerEvents extends IntakeServiceEvents {
  /** The thread has ended without being told to: nothing is received any more, and the open window is lost. */
  readonly onDeath: (error: Error) => void;
}

export type StartListener = (options: IntakeServiceOptions, events: ListenerEvents) => Promise<IntakeService>;

/**
 * Resolves when datagrams are received. Windows arrive until the promise of `close` has resolved.
 *
 * @throws AppError as the listener of the thread, `internal` when the thread fails.
 */
export function startListener(options: IntakeServiceOptions, events: ListenerEvents): Promise<IntakeService> {
  const thread = new Worker(workerUrl(import.meta.url, './thread.js'), { workerData: options });
  const send = (command: ThreadCommand): void => {
    thread.postMessage(command);
  };
  let isClosing = false;
  let isListening = false;
  let cause: Error | null = null;
  const ended = new Promise<void>((resolve) =>
    thread.once('exit', () => {
      resolve();
      if (isListening && !isClosing) events.onDeath(cause ?? new Error('the thread ended'));
    }),
  );
  const close = async (): Promise<void> => {
    isClosing = true;
    send({ type: 'close' });
    const timer = setTimeout(() => void thread.terminate(), CLOSE_TIMEOUT_MS);
    await ended;
    clearTimeout(timer);
  };
  return new Promise((resolve, reject) => {
    thread.on('message', (message: ThreadMessage) => {
      switch (message.type) {
        case 'listening': {
          const { address, receiveBufferBytes } = message;
          isListening = true;
          resolve({
            address,
            receiveBufferBytes,
            know: (list, airflowVersion) => {
              send({ type: 'know', list, airflowVersion });
            },
            close,
          });
          break;
        }
        case 'refused': {
          const fix = message.fix === null ? {} : { fix: message.fix };
          reject(new AppError(message.code, message.message, fix));
          break;
        }
        case 'window':
          events.onWindow(message.window);
          break;
        case 'socket_error':
          events.onError(new Error(message.message));
      }
    });
    thread.once('error', (error) => {
      cause = error;
      reject(new AppError('internal', `The StatsD listener failed: ${error.message}`, { cause: error }));
    });
  });
}
