/** How honest forecasts of end times, lateness and full pools are: on a simulated history, the recording and the public histories. */
import type { AnyFact } from '../core/fact-log/decode-facts.js';
import { evaluateLateness, type LatenessReport } from '../model/intervals/evaluate-lateness.js';
import { batches, readHistory } from './histories.js';
import { recordedFacts, simulatedFacts } from './lateness-facts.js';
import { publicHistories } from './public-histories.js';

export async function benchLateness(): Promise<Record<string, LatenessReport>> {
  const reports: Record<string, LatenessReport> = {
    simulated: await evaluate(simulatedFacts({ seed: 1, dags: 100, days: 60 })),
    recorded: await evaluate(recordedFacts()),
  };
  for (const { name, path } of publicHistories()) reports[name] = await evaluate(await readHistory(path));
  return reports;
}

function evaluate(facts: AnyFact[]): Promise<LatenessReport> {
  return evaluateLateness(batches(facts));
}
