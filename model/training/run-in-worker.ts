import { Worker } from 'node:worker_threads';
import { AppError } from '../../core/errors.js';
import type { ProgressListener } from '../../core/progress.js';
import { workerUrl } from '../../core/worker-url.js';
import type { LabelledVectors } from '../types.js';
import type { BacktestJob, Job, JobResult } from './jobs.js';
import type { WorkerMessage } from './worker-message.js';

export interface RunInWorkerOptions {
  readonly onProgress: ProgressListener;
  readonly signal: AbortSignal;
}

/**
 * Does a job in a thread of its own, so that the server keeps answering. Vectors on shared memory are read in place; others are
 * copied. An abort ends the thread at once.
 *
 * @throws AppError `cancelled` on abort, `internal` when the job fails.
 */
export function runInWorker<J extends Job>(job: J, options: RunInWorkerOptions): Promise<JobResult<J>> {
  const { signal, onProgress } = options;
  if (signal.aborted) return Promise.reject(cancelled());
  return new Promise((resolve, reject) => {
    const worker = new Worker(workerUrl(import.meta.url, './worker.js'), {
      workerData: { ...job, vectors: cloneable(job.vectors), ...cloneableOthers(job) },
    });
    const settle = (end: () => void): void => {
      signal.removeEventListener('abort', onAbort);
      void worker.terminate();
      end();
    };
    const onAbort = (): void => {
      settle(() => {
        reject(cancelled());
      });
    };
    signal.addEventListener('abort', onAbort, { once: true });
    worker.on('message', (message: WorkerMessage) => {
      if (message.type === 'progress') onProgress(message.progress);
      else if (message.type === 'result') {
        settle(() => {
          resolve(message.result as JobResult<J>);
        });
      } else {
        settle(() => {
          reject(failed(message.message, message.stack));
        });
      }
    });
    worker.on('error', (error) => {
      settle(() => {
        reject(failed(error.message, error.stack));
      });
    });
    worker.on('exit', (code) => {
      settle(() => {
        reject(failed(`its thread ended with code ${code}`, undefined));
      });
    });
  });
}

function cloneableOthers(job: Job): Pick<BacktestJob, 'others' | 'earlierOthers'> {
  if (job.job === 'compare') return {};
  const { others, earlierOthers } = { earlierOthers: undefined, ...job };
  return {
    ...(others === undefined ? {} : { others: cloneable(others) }),
    ...(earlierOthers === undefined ? {} : { earlierOthers: cloneable(earlierOthers) }),
  };
}

/** Only what the job reads: replayed vectors carry functions too, which threads cannot exchange. */
function cloneable(vectors: LabelledVectors): LabelledVectors {
  const { features, rows, values, labels, decidedAt, labelKnownAt, afterSuccess, weights } = vectors;
  const plain = { features, rows, values, labels, decidedAt, labelKnownAt, afterSuccess };
  return weights === undefined ? plain : { ...plain, weights };
}

function cancelled(): AppError {
  return new AppError('cancelled', 'The training was cancelled.');
}

function failed(message: string, stack: string | undefined): AppError {
  return new AppError('internal', `The training failed: ${message}`, { cause: stack });
}
