import { Worker } from 'node:worker_threads';
import { AppError } from '../../core/errors.js';
import type { UnixSeconds } from '../../core/facts.js';
import type { LogLevel } from '../../core/logger.js';
import { workerUrl } from '../../core/worker-url.js';
import type { ChangedBy } from '../registry/model-version.js';

/** What a training thread is told; plain data. */
export interface ThreadTraining {
  /** A PostgreSQL server; null for the private one in `dataDir`. */
  readonly databaseUrl: string | null;
  readonly dataDir: string;
  readonly logLevel: LogLevel;
  readonly createdAt: UnixSeconds;
  readonly seed: number;
  readonly promote: boolean | 'if_better';
  readonly by: ChangedBy;
  readonly warmStarts: number;
}

/** What it answers, once. */
export type ThreadAnswer =
  | { readonly version: string }
  | { readonly error: { readonly code: AppError['code']; readonly message: string; readonly fix?: string } };

/** What it is told to give up by. */
export const STOP = 'stop';
/** A thread that was told to stop closes its connections; one that does not is ended. */
const STOPS_WITHIN_MS = 10_000;

/**
 * `runTraining` in a thread with connections of its own, so that the server of this process keeps answering while the fact log is read,
 * described and learnt from. It writes to the log of this process.
 *
 * @returns the version that was made.
 * @throws AppError as `runTraining`; `internal` when the thread ends early, as without memory.
 */
export function trainInThread(training: ThreadTraining, signal: AbortSignal): Promise<string> {
  if (signal.aborted) return Promise.reject(new AppError('cancelled', 'The training was cancelled.'));
  const worker = new Worker(workerUrl(import.meta.url, './training-thread.js'), { workerData: training });
  let ending: NodeJS.Timeout | undefined;
  const stop = (): void => {
    worker.postMessage(STOP);
    ending = setTimeout(() => void worker.terminate(), STOPS_WITHIN_MS);
  };
  signal.addEventListener('abort', stop, { once: true });
  return new Promise<string>((resolve, reject) => {
    let answer: ThreadAnswer | undefined;
    worker.on('message', (message: ThreadAnswer) => (answer = message));
    worker.on('error', (error) => {
      reject(new AppError('internal', `The training failed: ${error.message}`, { cause: error.stack }));
    });
    // Its connections are closed by then.
    worker.on('exit', (code) => {
      if (answer === undefined)
        reject(new AppError('internal', `The training failed: its thread ended with code ${code}`));
      else if ('version' in answer) resolve(answer.version);
      else {
        const { code: kind, message, fix } = answer.error;
        reject(new AppError(kind, message, fix === undefined ? {} : { fix }));
      }
    });
  }).finally(() => {
    clearTimeout(ending);
    signal.removeEventListener('abort', stop);
  });
}
