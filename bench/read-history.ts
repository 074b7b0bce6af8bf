/** Histories as facts in memory, in the order in which the fact log would tell them. */
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

const BATCH = 2000;

/** The facts in batches, as the reader of the fact log gives them. */
export async function* batches(facts: readonly AnyFact[]): AsyncGenerator<AnyFact[]> {
  for (let from = 0; from < facts.length; from += BATCH)
    yield await Promise.resolve(facts.slice(from, from + BATCH));
}

/** The facts of a history file in the order in which the fact log would tell them. */
export async function readHistory(path: string): Promise<AnyFact[]> {
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

/** A simulated history of so many tries over ten years. */
export function simulatedHistory(tries: number): AnyFact[] {
  const shared = sharer();
  const observations: TryObservation[] = [];
  for (const observation of simulate({ seed: 1, dags: 300, days: 3650, tries })) {
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
