/** Entry of a thread that trains on the store named in its `workerData`, and answers with the version that it made, or what went wrong. */
import { parentPort, workerData } from 'node:worker_threads';
import { openDatabase } from '../../core/database/open.js';
import { AppError, errorMessage } from '../../core/errors.js';
import { createLogger } from '../../core/logger.js';
import { runTraining } from './run-training.js';
import { STOP, type ThreadAnswer, type ThreadTraining } from './train-in-thread.js';

const { databaseUrl, dataDir, logLevel, createdAt, ...training } = workerData as ThreadTraining;
const logger = createLogger(logLevel).child({ component: 'training' });
const abort = new AbortController();
const onMessage = (message: unknown): void => {
  if (message === STOP) abort.abort();
};
parentPort!.on('message', onMessage);

async function train(): Promise<string> {
  const database = await openDatabase({ databaseUrl, dataDir, logger, schema: 'leave' });
  try {
    const { version } = await runTraining({
      ...training,
      database,
      signal: abort.signal,
      onProgress: () => undefined,
      clock: () => createdAt,
      logger,
    });
    return version;
  } finally {
    await database.close();
  }
}

function answerTo(error: unknown): ThreadAnswer {
  if (!(error instanceof AppError)) return { error: { code: 'internal', message: errorMessage(error) } };
  const { code, message, fix } = error;
  return { error: { code, message, ...(fix === undefined ? {} : { fix }) } };
}

const answer: ThreadAnswer = await train().then((version) => ({ version }), answerTo);
parentPort!.postMessage(answer);
parentPort!.off('message', onMessage);
