/** Whether reasons name the causes of failures, on histories that know them: docs/explanations.md has the table and how to read it. */
import { replayTries } from '../features/replay.js';
import { startBackend } from '../model/backend.js';
import { evaluateCauses, fitEarlier } from './causes/evaluate.js';
import { historyFacts, type CausedHistory } from './causes/facts.js';
import type { NamedCause } from './causes/named-causes.js';
import { WARNING_RISK, type CauseResult } from './causes/naming.js';
import { RECORDED_CAUSES, recordedCauses } from './causes/recorded.js';
import { SIMULATED_CAUSES, SIMULATED_SEEDS, simulatedCauses, tryKey } from './causes/simulated.js';

const SEED = 1;
const BATCH = 2000;

export interface CausesMeasurement {
  readonly history: string;
  /** Labelled tries; the first 60 % train. */
  readonly tries: number;
  /** Risk from which on a failure counts as warned of. */
  readonly warningRisk: number;
  readonly causes: readonly CauseResult[];
}

/** Evaluates the recording of a real Airflow and simulated histories. */
export async function benchCauses(): Promise<CausesMeasurement[]> {
  await startBackend();
  const measurements = [await measure('recording', recordedCauses(), RECORDED_CAUSES)];
  for (const seed of SIMULATED_SEEDS)
    measurements.push(await measure(`simulated, seed ${seed}`, simulatedCauses(seed), SIMULATED_CAUSES));
  return measurements;
}

async function measure(
  name: string,
  { history, causeOf }: CausedHistory,
  named: readonly NamedCause[],
): Promise<CausesMeasurement> {
  const facts = historyFacts(history);
  async function* batches() {
    for (let from = 0; from < facts.length; from += BATCH)
      yield await Promise.resolve(facts.slice(from, from + BATCH));
  }
  const { tries } = await replayTries(batches());
  const causes = Array.from({ length: tries.rows }, (_, row) =>
    tries.labels[row] === 1 ? causeOf(tryKey(tries.subject(row))) : null,
  );
  const results = await evaluateCauses({ ...tries, causes }, fitEarlier(tries, SEED), named);
  return { history: name, tries: tries.rows, warningRisk: WARNING_RISK, causes: results };
}
