/** Histories to measure with, as facts in memory in the order in which the fact log would tell them. */
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
  type FactTimes,
  type TryObservation,
} from '../core/facts.js';
import { readRecording, recordingsFolder } from '../datasets/recording/read.js';
import { stretchRecording } from '../datasets/recording/stretch.js';
import { simulate, type SimulateOptions } from '../datasets/simulator/simulate.js';
import { simulateSurroundings } from '../datasets/simulator/surroundings.js';

const BATCH = 2000;
/** 2026-02-05, where the calendar of the recording ends. */
const RECORDING_END = 1_770_249_600;

/** As the fact log streams them. */
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

/** The facts of a simulated history, in their order. */
export function simulatedHistory(options: SimulateOptions): AnyFact[] {
  const shared = sharer();
  const observations: TryObservation[] = [];
  for (const observation of simulate(options)) {
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
  return inOrder(observations, options.platform === true ? simulatedSurroundings(options) : []);
}

function simulatedSurroundings(options: SimulateOptions): AnyFact[] {
  const deployment = 'default';
  return [...simulateSurroundings(options)].flatMap((told, index): AnyFact | [] => {
    const times = {
      deployment,
      factId: index + 1,
      eventTime: told.at,
      knownAt: told.at,
      visibilityAssumed: true,
    };
    switch (told.kind) {
      case 'pool':
        return { kind: 'pool', fact: { ...told.pool, ...times } };
      case 'dag_version':
        return { kind: 'dag_version', fact: { ...times, dagId: told.dagId, versionNumber: told.version } };
      case 'connection_change':
        // No feature reads it.
        return [];
      case 'measurement':
        return { kind: 'platform', fact: { ...times, name: told.name, value: told.value } };
    }
  });
}

/** The shipped recording of a real Airflow, stretched to the days that its minutes stand for. */
export function recordedHistory(): AnyFact[] {
  const { card, dags, tasks, pools, dependencies, dagRuns, tries } = stretchRecording(
    readRecording(recordingsFolder(), 'platform'),
    RECORDING_END,
  );
  let factId = 0;
  const times = (eventTime: number): FactTimes => ({
    factId: ++factId,
    eventTime,
    knownAt: Number.MAX_SAFE_INTEGER,
    visibilityAssumed: true,
  });
  const described: AnyFact[] = [
    ...dags.map((dag): AnyFact => ({ kind: 'dag', fact: { ...dag, ...times(card.recordedFrom) } })),
    ...tasks.map((task): AnyFact => ({ kind: 'task', fact: { ...task, ...times(card.recordedFrom) } })),
    ...pools.map((pool): AnyFact => ({ kind: 'pool', fact: { ...pool, ...times(card.recordedFrom) } })),
    ...dependencies.map((dependency): AnyFact => ({
      kind: 'dag_dependency',
      fact: { ...dependency, ...times(card.recordedFrom) },
    })),
  ];
  const runs = dagRuns.map((run): AnyFact => ({
    kind: 'dag_run',
    fact: {
      ...run,
      ...times(run.endedAt ?? run.startedAt ?? run.queuedAt ?? card.recordedFrom),
      newPhases: phasesOf(run, run.endedAt !== null),
    },
  }));
  return inOrder(tries, [...described, ...runs]);
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

function phasesOf(
  { queuedAt, startedAt }: Pick<TryObservation, 'queuedAt' | 'startedAt'>,
  hasEnded: boolean,
): number {
  return (
    (queuedAt === null ? 0 : PHASE_QUEUED) |
    (startedAt === null ? 0 : PHASE_STARTED) |
    (hasEnded ? PHASE_ENDED : 0)
  );
}

function inOrder(observations: readonly TryObservation[], others: readonly AnyFact[] = []): AnyFact[] {
  const tries = observations.map((observation, index): AnyFact => {
    const { queuedAt, startedAt, endedAt, state } = observation;
    const hasEnded = endedAt !== null && FINAL_TRY_STATES.has(state);
    return {
      kind: 'try',
      fact: {
        ...observation,
        factId: others.length + index + 1,
        eventTime: endedAt ?? startedAt ?? queuedAt ?? 0,
        knownAt: Number.MAX_SAFE_INTEGER,
        visibilityAssumed: true,
        newPhases: phasesOf(observation, hasEnded),
      },
    };
  });
  const keyed = [...others, ...tries].map((row) => ({ row, at: visibleFrom(row) }));
  return keyed.sort((a, b) => a.at - b.at || a.row.fact.factId - b.row.fact.factId).map(({ row }) => row);
}

function visibleFrom({ kind, fact }: AnyFact): number {
  return kind === 'try' || kind === 'dag_run' ? firstVisibleAt(fact, 0) : fact.eventTime;
}
