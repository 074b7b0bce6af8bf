/** How fast history is replayed into labelled vectors, and in how much memory. Budget: 150,000 tries/s with 100 features. */
import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { CsvSplitter } from '../collector/history-file/csv-splitter.js';
import { openText } from '../collector/history-file/read-text.js';
import { RowParser } from '../collector/history-file/row-parser.js';
import type { AnyFact } from '../core/fact-log/read.js';
import { firstVisibleAt } from '../core/fact-log/visible-time.js';
import {
  FINAL_TRY_STATES,
  PHASE_ENDED,
  PHASE_QUEUED,
  PHASE_STARTED,
  type Extra,
  type TryObservation,
} from '../core/facts.js';
import { simulate } from '../datasets/simulator/simulate.js';
import { replayTries } from '../features/replay.js';

/** A real history of 683,481 tries, where it is at hand. */
const REAL_HISTORY = '/work/shared/datasets/ufs_tasks.csv.gz';
const SIMULATED_TRIES = 500_000;
const ROUNDS = 3;
const BATCH = 2000;

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
  if (existsSync(REAL_HISTORY))
    measurements.push(await measure(basename(REAL_HISTORY), await readHistory(REAL_HISTORY)));
  measurements.push(await measure('simulated', simulatedHistory()));
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

async function* batches(facts: readonly AnyFact[]): AsyncGenerator<AnyFact[]> {
  for (let from = 0; from < facts.length; from += BATCH)
    yield await Promise.resolve(facts.slice(from, from + BATCH));
}

/** The facts of a history file in the order in which the fact log would tell them. */
async function readHistory(path: string): Promise<AnyFact[]> {
  const observations: TryObservation[] = [];
  const shared = sharer();
  const extras = new Map<string, Extra>();
  const sharedExtra = (json: string | null): Extra | null => {
    if (json === null) return null;
    let extra = extras.get(json);
    if (extra === undefined) {
      extra = JSON.parse(json) as Extra;
      extras.set(json, extra);
    }
    return extra;
  };
  let parser: RowParser | null = null;
  const splitter = new CsvSplitter({
    onRow: (fields) => {
      if (parser === null) {
        parser = new RowParser(fields);
        return;
      }
      const row = parser.parse(fields);
      if (typeof row === 'string') return;
      const { extraJson, ...observation } = row;
      observations.push({
        ...observation,
        deployment: shared(observation.deployment),
        dagId: shared(observation.dagId),
        runId: shared(observation.runId),
        taskId: shared(observation.taskId),
        operator: shared(observation.operator),
        extra: sharedExtra(extraJson),
      });
    },
    onBadLine: () => undefined,
  });
  const { text } = await openText(path, new AbortController().signal);
  for await (const piece of text) splitter.push(piece);
  splitter.end();
  return inOrder(observations);
}

function simulatedHistory(): AnyFact[] {
  const shared = sharer();
  const observations: TryObservation[] = [];
  for (const observation of simulate({ seed: 1, dags: 300, days: 3650, tries: SIMULATED_TRIES })) {
    const { dagId, runId, taskId, operator, pool } = observation;
    observations.push({
      ...observation,
      dagId: shared(dagId),
      runId: shared(runId),
      taskId: shared(taskId),
      operator: shared(operator),
      pool: shared(pool),
    });
  }
  return inOrder(observations);
}

/** One copy of each text, as the reader of the fact log makes them. */
function sharer(): <T extends string | null>(text: T) => T {
  const texts = new Map<string, string>();
  return (text) => {
    if (text === null) return text;
    let known = texts.get(text);
    if (known === undefined) {
      // Not a slice of a larger text, which is slower to read and keeps that text alive.
      known = Buffer.from(text).toString();
      texts.set(known, known);
    }
    return known as typeof text;
  };
}

function inOrder(observations: readonly TryObservation[]): AnyFact[] {
  const facts = observations.map((observation, index): AnyFact & { kind: 'try' } => {
    const { queuedAt, startedAt, endedAt, state } = observation;
    const hasEnded = endedAt !== null && FINAL_TRY_STATES.has(state);
    return {
      kind: 'try',
      fact: {
        ...observation,
        factId: index + 1,
        eventTime: endedAt ?? startedAt ?? queuedAt ?? 0,
        knownAt: Number.MAX_SAFE_INTEGER,
        visibilityAssumed: true,
        newPhases:
          (queuedAt === null ? 0 : PHASE_QUEUED) |
          (startedAt === null ? 0 : PHASE_STARTED) |
          (hasEnded ? PHASE_ENDED : 0),
      },
    };
  });
  const keyed = facts.map((row) => ({ row, at: firstVisibleAt(row.fact, 0) }));
  return keyed.sort((a, b) => a.at - b.at || a.row.fact.factId - b.row.fact.factId).map(({ row }) => row);
}
