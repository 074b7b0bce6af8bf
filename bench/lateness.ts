/** How honest forecasts of end times, lateness and full pools are, on a simulated history and on the recording. */
import type { AnyFact } from '../core/fact-log/decode-facts.js';
import { evaluateLateness, type LatenessReport } from '../model/intervals/evaluate-lateness.js';
import { recordedFacts, simulatedFacts } from './lateness-facts.js';

export async function benchLateness(): Promise<Record<'simulated' | 'recorded', LatenessReport>> {
  return {
    simulated: await evaluate(simulatedFacts({ seed: 1, dags: 100, days: 60 })),
    recorded: await evaluate(recordedFacts()),
  };
}

function evaluate(facts: AnyFact[]): Promise<LatenessReport> {
  const batches: AnyFact[][] = [];
  for (let from = 0; from < facts.length; from += 1000) batches.push(facts.slice(from, from + 1000));
  return evaluateLateness(batches);
}
