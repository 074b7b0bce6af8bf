/** Entry of a training thread: does the one job in its `workerData` and posts progress and the result. */
import { parentPort, workerData } from 'node:worker_threads';
import { errorMessage } from '../../core/errors.js';
import type { Job } from './jobs.js';
import { runJob } from './run-job.js';
import type { WorkerMessage } from './worker-message.js';

function post(message: WorkerMessage): void {
  parentPort?.postMessage(message);
}

try {
  const result = await runJob(workerData as Job, (progress) => {
    post({ type: 'progress', progress });
  });
  post({ type: 'result', result });
} catch (error) {
  post({
    type: 'error',
    message: errorMessage(error),
    stack: error instanceof Error ? error.stack : undefined,
  });
}
