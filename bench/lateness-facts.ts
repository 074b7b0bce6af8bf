/** Histories for measuring forecasts of time, as the fact log would tell them, without a database. */
import type { AnyFact } from '../core/fact-log/decode-facts.js';
import { firstVisibleAt, visibleAt } from '../core/fact-log/visible-time.js';
import {
  FINAL_TRY_STATES,
  PHASE_ENDED,
  PHASE_QUEUED,
  PHASE_STARTED,
  tryLabel,
  type DagRunObservation,
  type FactTimes,
  type TryObservation,
  type UnixSeconds,
} from '../core/facts.js';
import { readRecording, recordingsFolder } from '../datasets/recording/read.js';
import { stretchRecording } from '../datasets/recording/stretch.js';
import { simulate, type SimulateOptions } from '../datasets/simulator/index.js';

/** Numbers facts in their order of making; all are of assumed visibility, as imported ones are. */
function createFactory() {
  let factId = 0;
  const times = (eventTime: UnixSeconds): FactTimes => ({
    factId: ++factId,
    eventTime,
    knownAt: eventTime,
    visibilityAssumed: true,
  });
  const phases = (made: DagRunObservation | TryObservation, isFinal: boolean): number =>
    (made.queuedAt === null ? 0 : PHASE_QUEUED) |
    (made.startedAt === null ? 0 : PHASE_STARTED) |
    (isFinal ? PHASE_ENDED : 0);
  return {
    times,
    ofTry(made: TryObservation): AnyFact {
      const isFinal = made.endedAt !== null && FINAL_TRY_STATES.has(made.state);
      const at = made.endedAt ?? made.startedAt ?? made.queuedAt!;
      return { kind: 'try', fact: { ...made, ...times(at), newPhases: phases(made, isFinal) } };
    },
    ofRun(made: DagRunObservation): AnyFact {
      const at = made.endedAt ?? made.startedAt ?? made.queuedAt!;
      return {
        kind: 'dag_run',
        fact: { ...made, ...times(at), newPhases: phases(made, made.endedAt !== null) },
      };
    },
  };
}

function inOrder(facts: AnyFact[]): AnyFact[] {
  const seen = (row: AnyFact): UnixSeconds =>
    row.kind === 'try' || row.kind === 'dag_run'
      ? firstVisibleAt(row.fact, 0)
      : visibleAt(row.fact, row.fact.eventTime, 0);
  return facts
    .map((row) => ({ row, at: seen(row) }))
    .sort((a, b) => a.at - b.at || a.row.fact.factId - b.row.fact.factId)
    .map(({ row }) => row);
}

/** A simulated history, with DAG runs derived from their tries as the fact log derives them. */
export function simulatedFacts(options: SimulateOptions): AnyFact[] {
  const factory = createFactory();
  const facts: AnyFact[] = [];
  let tries: TryObservation[] = [];
  const endRun = (): void => {
    if (tries.length > 0) facts.push(factory.ofRun(runOf(tries)));
    tries = [];
  };
  for (const made of simulate(options)) {
    if (tries[0] !== undefined && (tries[0].runId !== made.runId || tries[0].dagId !== made.dagId)) endRun();
    tries.push(made);
    facts.push(factory.ofTry(made));
  }
  endRun();
  for (const { pool, slots } of poolSizes(facts)) {
    const empty = { occupiedSlots: 0, runningSlots: 0, queuedSlots: 0, scheduledSlots: 0, deferredSlots: 0 };
    const at = options.start ?? firstSeenAt(facts);
    facts.push({
      kind: 'pool',
      fact: { deployment: 'default', pool, slots, ...empty, ...factory.times(at) },
    });
  }
  return inOrder(facts);
}

function firstSeenAt(facts: readonly AnyFact[]): UnixSeconds {
  return facts.reduce((first, { fact }) => Math.min(first, fact.eventTime), Infinity) - 1;
}

/** In so many of the hours, a pool of the simulated world is never full. */
const HOURS_WITH_ROOM = 0.85;

/** The simulator has no slots: pools get as many as their busiest moment needs in most hours. */
function poolSizes(facts: readonly AnyFact[]): { pool: string; slots: number }[] {
  const changes = new Map<string, [at: UnixSeconds, change: number][]>();
  for (const { kind, fact } of facts) {
    if (kind !== 'try' || fact.pool === null || fact.queuedAt === null || fact.endedAt === null) continue;
    let ofPool = changes.get(fact.pool);
    if (ofPool === undefined) changes.set(fact.pool, (ofPool = []));
    ofPool.push([fact.queuedAt, 1], [fact.endedAt, -1]);
  }
  return [...changes].map(([pool, ofPool]) => {
    ofPool.sort((a, b) => a[0] - b[0]);
    const peaks = new Map<number, number>();
    let used = 0;
    for (const [at, change] of ofPool) {
      used += change;
      const hour = Math.floor(at / 3600);
      peaks.set(hour, Math.max(used, peaks.get(hour) ?? 0));
    }
    const sorted = [...peaks.values()].sort((a, b) => a - b);
    return { pool, slots: Math.max(1, sorted[Math.floor(HOURS_WITH_ROOM * sorted.length)]!) };
  });
}

function runOf(tries: readonly TryObservation[]): DagRunObservation {
  const last = new Map<string, TryObservation>();
  let queuedAt = Infinity;
  let startedAt = Infinity;
  let endedAt = -Infinity;
  for (const made of tries) {
    queuedAt = Math.min(queuedAt, made.queuedAt ?? Infinity, made.startedAt ?? Infinity);
    startedAt = Math.min(startedAt, made.startedAt ?? Infinity);
    endedAt = Math.max(endedAt, made.endedAt ?? -Infinity);
    last.set(`${made.taskId}\0${made.mapIndex}`, made);
  }
  const { deployment, dagId, runId, runType } = tries[0]!;
  const failed = [...last.values()].some(({ state }) => tryLabel(state) === 1);
  return {
    deployment,
    dagId,
    runId,
    state: failed ? 'failed' : 'success',
    runType,
    runAfter: null,
    logicalDate: null,
    queuedAt,
    startedAt: startedAt === Infinity ? null : startedAt,
    endedAt,
  };
}

/** The shipped recording of a real Airflow, stretched to days as `orc demo` shows it. */
export function recordedFacts(): AnyFact[] {
  const recording = readRecording(recordingsFolder(), 'platform');
  const stretched = stretchRecording(recording, recording.card.calendarEnd);
  const { recordedFrom } = stretched.card;
  const factory = createFactory();
  const facts: AnyFact[] = [];
  for (const task of stretched.tasks)
    facts.push({ kind: 'task', fact: { ...task, ...factory.times(recordedFrom) } });
  for (const pool of stretched.pools)
    facts.push({ kind: 'pool', fact: { ...pool, ...factory.times(recordedFrom) } });
  for (const run of stretched.dagRuns) facts.push(factory.ofRun(run));
  for (const made of stretched.tries) facts.push(factory.ofTry(made));
  return inOrder(facts);
}
