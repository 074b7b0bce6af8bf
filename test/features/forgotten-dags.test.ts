/** Beyond so many DAGs, those that no fact has told of for longest are forgotten: all that is known of them, everywhere alike. */
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { AnyFact } from '../../core/fact-log/read.js';
import { DagRoster } from '../../features/dag-roster.js';
import { Engine } from '../../features/engine.js';
import { EventQueue } from '../../features/expand.js';
import { Ids } from '../../features/ids.js';
import { replayTries, type Replay } from '../../features/replay.js';
import type { FactEvent } from '../../features/types.js';
import type { ReplayedVectors } from '../../features/vector-store.js';
import type { LabelledVectors } from '../../model/types.js';
import { LiveState } from '../../serving/live/live-state.js';
import { collectedLive } from './collected-live.js';
import { batches, bits, dagRunFact, DAY, HOUR, recordedFacts, START, tryFact } from './support.js';
import { dependencyFact } from './surroundings.js';

/** The recording has many more DAGs. */
const MAX_DAGS = 5;
const FACTS = 4000;
const STAGES = { from: -Infinity, tryShare: 0.2, laterFrom: -Infinity, outlookFrom: -Infinity } as const;

let facts: AnyFact[];
let limited: Replay;

beforeAll(async () => {
  facts = collectedLive().slice(0, FACTS);
  limited = await replayTries(batches(facts), { maxDags: MAX_DAGS, stages: STAGES });
}, 60_000);
afterEach(() => {
  vi.restoreAllMocks();
});

function events(rows: readonly AnyFact[]): FactEvent[] {
  const queue = new EventQueue();
  for (const row of rows) queue.push(row);
  const all: FactEvent[] = [];
  for (let event = queue.popBefore(Infinity); event !== undefined; event = queue.popBefore(Infinity))
    all.push(event);
  return all;
}

function hexOf({ values, labels, finalIfFailed, finalRate }: ReplayedVectors): string[] {
  return [values, labels, finalIfFailed, finalRate].map(({ buffer, byteOffset, byteLength }) =>
    Buffer.from(buffer, byteOffset, byteLength).toString('hex'),
  );
}

/** Each row as text, in an order that does not depend on where it came from. */
function sortedRows({ rows, features, values, decidedAt, labelKnownAt }: LabelledVectors): string[] {
  const width = features.length;
  return Array.from(
    { length: rows },
    (_, row) => `${decidedAt[row]} ${labelKnownAt[row]} ${bits(values, row * width, (row + 1) * width)}`,
  ).sort();
}

describe('of the recording, with room for a few of its DAGs', () => {
  it('no more are held than that, and the one told of last', () => {
    const { engine } = limited;
    expect(engine.forgottenDags).toBeGreaterThan(50);
    expect(engine.sizes().dags).toBeLessThanOrEqual(MAX_DAGS + 1);
    expect(engine.sizes().tasks).toBeLessThan(100);
  });

  it('a DAG that comes back finds nothing left of the one whose numbers it takes over', async () => {
    // Numbers that nobody had before: whatever was not cleared shows.
    vi.spyOn(Ids.prototype, 'take').mockImplementation(function (this: Ids) {
      const ids = this as unknown as { inUse: number; last: number };
      ids.inUse++;
      return ++ids.last;
    });
    const fresh = await replayTries(batches(facts), { maxDags: MAX_DAGS, stages: STAGES });
    expect(fresh.engine.forgottenDags).toBe(limited.engine.forgottenDags);
    expect(hexOf(fresh.tries)).toEqual(hexOf(limited.tries));
    expect(hexOf(fresh.dagRuns)).toEqual(hexOf(limited.dagRuns));
    expect(hexOf(fresh.stages!.tries)).toEqual(hexOf(limited.stages!.tries));
    expect(hexOf(fresh.stages!.dagRuns)).toEqual(hexOf(limited.stages!.dagRuns));
  }, 60_000);

  it('live serving describes what training does, bit for bit', async () => {
    // Imported, so that a try is known from its queueing on.
    const imported = recordedFacts().slice(0, FACTS);
    const trained = await replayTries(batches(imported), { maxDags: MAX_DAGS });
    const state = new LiveState(0, -Infinity, {}, MAX_DAGS);
    for (const fact of imported) state.push(fact);
    state.advance(Infinity);
    const live = state.outcomes.since('try', { try: 0, dag_run: 0 });
    expect(live.rows).toBe(trained.tries.rows);
    expect(sortedRows(live)).toEqual(sortedRows(trained.tries));
    expect(state.engine.forgottenDags).toBe(trained.engine.forgottenDags);
    expect(state.engine.forgottenDags).toBeGreaterThan(50);
    const held = [...state.subjects.knownDags().values()].reduce((sum, count) => sum + count, 0);
    expect(held).toBeLessThanOrEqual(MAX_DAGS + 1);
  }, 60_000);

  it('a roster forgets the same DAGs before the same events as an engine', () => {
    const byEngine: string[] = [];
    const byRoster: string[] = [];
    let index = 0;
    const engine = new Engine({
      maxDags: MAX_DAGS,
      onDagForgotten: (deployment, dagId) => byEngine.push(`${index} ${deployment} ${dagId}`),
    });
    const roster = new DagRoster((deployment, dagId) => {
      byRoster.push(`${index} ${deployment} ${dagId}`);
    }, MAX_DAGS);
    for (const event of events(facts)) {
      index++;
      engine.observe(event);
      roster.observe(event);
    }
    expect(byEngine.length).toBeGreaterThan(50);
    expect(byRoster).toEqual(byEngine);
  });
});

it('with room enough nothing is forgotten, and the limit changes no vector', async () => {
  const enough = await replayTries(batches(facts), { maxDags: 1000, stages: STAGES });
  const plain = await replayTries(batches(facts), { stages: STAGES });
  expect(enough.engine.forgottenDags).toBe(0);
  expect(hexOf(enough.tries)).toEqual(hexOf(plain.tries));
}, 60_000);

it('what a forgotten DAG had under way counts no longer, and its runs have an outcome', () => {
  const ended: string[] = [];
  const engine = new Engine({
    maxDags: 2,
    onRunClosed: (run, failed) => ended.push(`${run.dag.dagId} ${failed}`),
  });
  const open = { state: 'running', endedAt: null, pool: 'etl' } as const;
  const at = (dagId: string, hour: number): AnyFact =>
    tryFact({ ...open, dagId, runId: `run of ${dagId}`, queuedAt: START + hour * HOUR, startedAt: null });
  const failed = { state: 'failed', runId: 'first', queuedAt: START, startedAt: START, endedAt: START + 60 };
  const rows = [
    tryFact({ ...failed, state: 'failed', dagId: 'broken' }),
    dependencyFact({ fromDagId: 'broken', toDagId: 'a', eventTime: START + 120 }),
    at('a', 1),
    at('b', 2),
    at('c', 3),
    at('d', 4),
  ];
  for (const event of events(rows)) engine.observe(event);
  // The last event is not yet followed by another, at which the excess would go.
  expect(engine.forgottenDags).toBe(2);
  expect(ended).toContain('broken true');
  expect(engine.findRun('default', 'a', 'run of a')).toBeNull();
  expect(engine.findRun('default', 'c', 'run of c')).not.toBeNull();
  const out = new Float32Array(engine.tryFeatures.length);
  const fact = tryFact({ dagId: 'new', runId: 'new' }).fact;
  engine.tryVector({ ...fact, kind: 'try', stage: 'queued' }, START + DAY, out, 0);
  const read = (name: string): number =>
    out[engine.tryFeatures.findIndex((feature) => feature.name === name)]!;
  expect(read('deployment__open__now')).toBe(3);
  expect(read('deployment__broken_dags__now')).toBe(0);
});

it('a DAG that is told of stays, however long its last run is over', () => {
  const engine = new Engine({ maxDags: 2 });
  const seen: string[] = [];
  const rows = ['kept', 'a', 'kept', 'b', 'kept', 'c', 'kept'].map((dagId, hour) =>
    dagRunFact({
      dagId,
      runId: `run ${hour}`,
      queuedAt: START + hour * DAY,
      startedAt: null,
      endedAt: START + hour * DAY + 60,
    }),
  );
  for (const event of events(rows)) engine.observe(event);
  for (const dagId of ['kept', 'a', 'b', 'c'])
    if (engine.findRun('default', dagId, 'run 6') !== null) seen.push(dagId);
  expect(seen).toEqual(['kept']);
  expect(engine.forgottenDags).toBe(2);
});
