/** Whether tasks fail for good, after all their retries: on histories in which tries are retried. */
import { replayTries } from '../features/replay.js';
import { firstRowAt, sliceRows } from '../features/slice-rows.js';
import type { AnyFact } from '../core/fact-log/read.js';
import { reportFinal, type FinalReports } from '../model/backtest/task-final.js';
import { runInWorker } from '../model/training/run-in-worker.js';
import { batches } from './histories.js';
import { recordedFacts, simulatedFacts } from './lateness-facts.js';

const TRAIN_SHARE = 0.7;
const SEED = 1;
const SIMULATED = { dags: 100, days: 60 };

export interface RetriesMeasurement {
  readonly history: string;
  readonly tries: number;
  readonly taskFinal: FinalReports;
}

/** The recording of a real Airflow, and simulated histories that name no number of retries. */
export async function benchRetries(): Promise<RetriesMeasurement[]> {
  const measurements = [await measure('recording', recordedFacts())];
  for (const seed of [1, 7]) {
    const facts = simulatedFacts({ ...SIMULATED, seed });
    measurements.push(await measure(`simulated, seed ${seed}`, facts));
  }
  return measurements;
}

async function measure(history: string, facts: readonly AnyFact[]): Promise<RetriesMeasurement> {
  const tested = await replayTries(batches(facts));
  const split = Math.floor(TRAIN_SHARE * tested.tries.rows);
  const from = tested.tries.decidedAt[split]!;
  const { tries, stages } = await replayTries(batches(facts), {
    stages: { from: -Infinity, tryShare: 1, laterFrom: from, outlookFrom: from },
  });
  const at = firstRowAt(stages!.tries, from);
  const others = sliceRows(stages!.tries, at, stages!.tries.rows);
  const earlierOthers = sliceRows(stages!.tries, 0, at);
  const result = await runInWorker(
    {
      ...{ job: 'backtest', predictor: 'network', vectors: tries, seed: SEED, others, earlierOthers },
      part: { rows: split, knownBefore: from },
    },
    { onProgress: () => undefined, signal: new AbortController().signal },
  );
  const sets = [
    { vectors: sliceRows(tries, split, tries.rows), tryRisks: result.probabilities },
    { vectors: others, tryRisks: result.otherProbabilities },
  ];
  return { history, tries: tries.rows, taskFinal: reportFinal(sets, stages!.finalFailures) };
}
