import { afterAll, beforeAll, expect, it } from 'vitest';
import { readFacts, type AnyFact } from '../../../core/fact-log/read.js';
import { replayTries } from '../../../features/replay.js';
import type { LabelledVectors } from '../../../model/types.js';
import { LiveState } from '../../../serving/live/live-state.js';
import { temporaryDatabase, type TemporaryDatabase } from '../../support/database.js';
import { hourlyHistory, HOUR, START, writeHistory } from './fixtures.js';

let store: TemporaryDatabase;
const facts: AnyFact[] = [];

beforeAll(async () => {
  store = await temporaryDatabase();
  const a = hourlyHistory('a', 200, (run) => run % 7 === 0);
  const b = hourlyHistory('b', 200, (run) => run % 50 > 45);
  await writeHistory(store.database, {
    dagIds: ['a', 'b'],
    dagRuns: [...a.dagRuns, ...b.dagRuns],
    tries: [...a.tries, ...b.tries],
  });
  for await (const rows of readFacts(store.database)) facts.push(...rows);
});
afterAll(() => store.drop());

function fold(pushed: readonly AnyFact[], describeFrom: number): LiveState {
  const state = new LiveState(0, describeFrom);
  for (const fact of pushed) state.push(fact);
  state.advance(Infinity);
  return state;
}

/** Each row as text, bit for bit, in an order that does not depend on where it came from. */
function rowsAsText({ rows, features, values, labels, decidedAt, labelKnownAt }: LabelledVectors): string[] {
  const width = features.length;
  return Array.from({ length: rows }, (_, row) => {
    const bytes = Buffer.from(values.slice(row * width, (row + 1) * width).buffer).toString('hex');
    return `${decidedAt[row]} ${labelKnownAt[row]} ${labels[row]} ${bytes}`;
  }).sort();
}

it('describes tries bit for bit as training does', async () => {
  const state = fold(facts, -Infinity);
  const live = state.outcomes.since('try', { try: 0, dag_run: 0 });
  const { tries } = await replayTries(
    (async function* () {
      yield await Promise.resolve(facts);
    })(),
  );
  expect(live.rows).toBe(400);
  expect(live.features).toEqual(tries.features);
  expect(rowsAsText(live)).toEqual(rowsAsText(tries));
});

it('describes only what was queued from a time on', () => {
  const state = fold(facts, START + 190 * HOUR);
  expect(state.outcomes.end).toEqual({ try: 20, dag_run: 20 });
});

it('holds what is not visible yet', () => {
  const state = new LiveState(0, Infinity);
  for (const fact of facts) state.push(fact);
  state.advance(START + 100 * HOUR);
  const [a] = state.subjects.current(START + 100 * HOUR);
  expect(a!.outcomes.at(-1)!.runId).toBe('scheduled__99');
  expect(state.advance(START + 200 * HOUR, 10)).toBe(false);
  expect(state.advance(START + 200 * HOUR)).toBe(true);
  expect(state.subjects.current(START + 200 * HOUR)[0]!.outcomes.at(-1)!.runId).toBe('scheduled__199');
});

it('counts facts that come after their place has passed', () => {
  const half = facts.length / 2;
  const state = fold(facts.slice(half), Infinity);
  expect(state.lateFacts).toBe(0);
  for (const fact of facts.slice(0, half)) state.push(fact);
  expect(state.lateFacts).toBe(half);
});

it('forecasts the same times whether history is read at once or followed', () => {
  const now = START + 100 * HOUR + 60;
  const whole = new LiveState(0, Infinity);
  for (const fact of facts) whole.push(fact);
  whole.advance(now);
  const followed = new LiveState(0, Infinity);
  for (const fact of facts) followed.push(fact);
  for (let at = START; at < now; at += 613) {
    followed.advance(at);
    for (const { runs } of followed.subjects.current(at))
      for (const run of runs) followed.timing.forecast(run, at);
  }
  followed.advance(now);
  const timings = (state: LiveState) =>
    state.subjects.current(now).flatMap(({ runs }) => runs.map((run) => state.timing.forecast(run, now)));
  expect(timings(whole)).toHaveLength(2);
  expect(timings(whole)[0]).toMatchObject({ evidenceRuns: 32, deadline: { source: 'learnt' } });
  expect(timings(followed)).toEqual(timings(whole));
});
