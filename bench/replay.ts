/** How fast history is replayed into labelled vectors, and in how much memory. Budget: 150,000 tries/s with 100 features. */
import type { AnyFact } from '../core/fact-log/read.js';
import { replayTries } from '../features/replay.js';
import { batches, readHistory, simulatedHistory } from './histories.js';
import { publicHistory } from './public-histories.js';

const SIMULATED_TRIES = 500_000;
const ROUNDS = 3;

export interface ReplayMeasurement {
  readonly history: string;
  readonly tries: number;
  readonly tryFeatures: number;
  readonly dagRunFeatures: number;
  readonly dagRunRows: number;
  readonly rounds: number;
  /** Tries per second, with every vector kept: the best and the median round, facts being in memory. */
  readonly bestRate: number;
  readonly medianRate: number;
  /** Tries per second of processor time (all threads, garbage collection too) in the best round: what other work on the machine does not blur. */
  readonly processorRate: number;
  /** Size of the kept vectors, and the most that the process grew by while it replayed, these included. */
  readonly vectorsMiB: number;
  readonly grownMiB: number;
}

/** Replays a real history, if it is at hand, and a simulated one. */
export async function benchReplay(): Promise<ReplayMeasurement[]> {
  const measurements: ReplayMeasurement[] = [];
  const real = publicHistory('ufs_tasks');
  if (real !== null) measurements.push(await measure(real.name, await readHistory(real.path)));
  measurements.push(
    await measure('simulated', simulatedHistory({ seed: 1, dags: 300, days: 3650, tries: SIMULATED_TRIES })),
  );
  return measurements;
}

async function measure(history: string, facts: readonly AnyFact[]): Promise<ReplayMeasurement> {
  const before = process.memoryUsage.rss();
  let peak = 0;
  const onProgress = (): void => {
    peak = Math.max(peak, process.memoryUsage.rss());
  };
  const rates: number[] = [];
  const processorRates: number[] = [];
  let shape = { tries: 0, tryFeatures: 0, dagRunFeatures: 0, dagRunRows: 0, vectorsMiB: 0, grownMiB: 0 };
  for (let round = 0; round < ROUNDS; round++) {
    const processor = process.cpuUsage();
    const start = performance.now();
    const { tries, dagRuns } = await replayTries(batches(facts), round === 0 ? { onProgress } : {});
    const { user, system } = process.cpuUsage(processor);
    rates.push(facts.length / ((performance.now() - start) / 1000));
    processorRates.push(facts.length / ((user + system) / 1e6));
    if (round > 0) continue;
    shape = {
      tries: tries.rows,
      tryFeatures: tries.features.length,
      dagRunFeatures: dagRuns.features.length,
      dagRunRows: dagRuns.rows,
      vectorsMiB: mebibytes(tries.values.byteLength + dagRuns.values.byteLength),
      grownMiB: mebibytes(peak - before),
    };
  }
  rates.sort((a, b) => a - b);
  return {
    history,
    ...shape,
    rounds: ROUNDS,
    bestRate: Math.round(rates.at(-1)!),
    medianRate: Math.round(rates[Math.floor(ROUNDS / 2)]!),
    processorRate: Math.round(Math.max(...processorRates)),
  };
}

const mebibytes = (bytes: number): number => Math.round(bytes / 2 ** 20);
