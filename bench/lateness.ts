/** How honest forecasts of end times, lateness and full pools are: on a simulated history, on the recording and on the public histories. */
import type { AnyFact } from '../core/fact-log/decode-facts.js';
import { evaluateLateness, type LatenessReport } from '../model/intervals/evaluate-lateness.js';
import { batches } from './histories.js';
import { withImported } from './imported-history.js';
import { recordedFacts, simulatedFacts } from './lateness-facts.js';
import { publicHistories } from './public-histories.js';

export async function benchLateness(): Promise<Record<string, LatenessReport>> {
  const evaluate = (facts: AnyFact[]): Promise<LatenessReport> => evaluateLateness(batches(facts));
  const reports: Record<string, LatenessReport> = {
    simulated: await evaluate(simulatedFacts({ seed: 1, dags: 100, days: 60 })),
    recorded: await evaluate(recordedFacts()),
  };
  for (const { name, path } of publicHistories())
    reports[name] = await withImported(path, (facts) => evaluateLateness(facts));
  return reports;
}
