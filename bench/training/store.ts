import { systemClock } from '../../core/clock.js';
import { openDatabase } from '../../core/database/open.js';
import { createLogger } from '../../core/logger.js';
import type { Progress } from '../../core/progress.js';
import { runTraining } from '../../model/index.js';
import { peakMiBOf } from '../run-process.js';
import { stopwatch, type Seconds } from '../timing.js';
import type { StoreMeasurement } from './measurements.js';

/** Trains on the store of a data directory, and puts the model into use, so that a warm start can go on from it. */
export async function trainStore(dataDir: string, isWarm: boolean): Promise<StoreMeasurement> {
  const logger = createLogger('error');
  const database = await openDatabase({ databaseUrl: null, dataDir, logger });
  const read = stopwatch();
  const marks: { vectors?: Seconds; tries?: Seconds } = {};
  let epoch = 0;
  const onProgress = ({ step, done }: Progress): void => {
    if (step === 'replay') marks.vectors = read();
    if (step !== 'training') return;
    if (done < epoch) marks.tries ??= read();
    epoch = done;
  };
  try {
    await runTraining({
      database,
      signal: new AbortController().signal,
      onProgress,
      clock: systemClock,
      logger,
      seed: 1,
      warmStarts: isWarm ? 1 : 0,
      promote: true,
    });
  } finally {
    await database.close();
  }
  const { vectors, tries } = marks;
  if (vectors === undefined || tries === undefined)
    throw new Error('the training told no epochs of both models');
  const total = read();
  return {
    total,
    vectors,
    tries: difference(tries, vectors),
    dagRuns: difference(total, tries),
    peakMiB: peakMiBOf('self'),
  };
}

function difference(to: Seconds, from: Seconds): Seconds {
  return { wall: to.wall - from.wall, processor: to.processor - from.processor };
}
