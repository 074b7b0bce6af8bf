/** What surrounds the runs, as the feature engine reads it. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { dayOf, preparePlatformDays } from '../../../core/fact-log/platform-days.js';
import { latestFactId, type AnyFact } from '../../../core/fact-log/read.js';
import { statement } from '../../../core/fact-log/sql.js';
import {
  writeDagDependencies,
  writeDagVersions,
  writeDeadlines,
} from '../../../core/fact-log/write-surroundings.js';
import { writePlatform } from '../../../core/fact-log/write.js';
import { NO_PLATFORM_LABELS } from '../../../core/facts.js';
import { ENGINE_MEASUREMENT, type DeadlineObservation } from '../../../core/surroundings.js';
import { temporaryDatabase, type TemporaryDatabase } from '../../support/database.js';
import { IMPORTED, LIVE, readAll } from './observations.js';

const T = 1_700_000_040;

let store: TemporaryDatabase;
beforeAll(async () => {
  store = await temporaryDatabase();
});
afterAll(async () => {
  await store.drop();
});

/** Without what depends on the order of writing. */
function told(facts: readonly AnyFact[]): unknown[] {
  return facts.map(({ kind, fact }) => ({ kind, ...fact, factId: 0, knownAt: 0 }));
}

it('versions and dependencies come back, in the order in which they became visible', async () => {
  const before = await latestFactId(store.database);
  const deployment = 'default';
  await store.database.transaction(async (connection) => {
    const version = { bundleName: null, bundleVersion: 'abc', createdAt: T + 30.5 };
    await writeDagVersions(connection, [{ deployment, dagId: 'a', versionNumber: 7, ...version }], IMPORTED);
    await writeDagDependencies(
      connection,
      [{ deployment, fromDagId: 'a "b"', toDagId: 'c', kind: 'sensor', via: 'wait', isActive: true }],
      LIVE,
    );
  });
  const assumed = { factId: 0, knownAt: 0, visibilityAssumed: true, deployment };
  expect(told(await readAll(store.database))).toEqual([
    { kind: 'dag_version', ...assumed, eventTime: T + 30.5, dagId: 'a', versionNumber: 7 },
    {
      // The fact is of that kind; so is the field of the dependency, which says by what way.
      ...assumed,
      kind: 'sensor',
      visibilityAssumed: false,
      eventTime: LIVE.knownAt,
      fromDagId: 'a "b"',
      toDagId: 'c',
      via: 'wait',
      isActive: true,
    },
  ]);
  const [dependency] = (await readAll(store.database)).slice(-1);
  expect(dependency?.kind).toBe('dag_dependency');
  expect((await readAll(store.database, { deployment: 'other' })).length).toBe(0);
  const latest = await latestFactId(store.database);
  expect(latest).toBeGreaterThan(before);
  expect(await readAll(store.database, { afterFactId: latest })).toEqual([]);
});

it('of StatsD one window a minute is read, of the health page every measurement, of other metrics none', async () => {
  const from = await latestFactId(store.database);
  const measure = async (
    source: string,
    names: readonly string[],
    seconds: readonly number[],
  ): Promise<void> => {
    await store.database.transaction(async (connection) => {
      await preparePlatformDays(connection, new Set([dayOf(T)]));
      const observations = names.flatMap((name) =>
        seconds.map((second) => ({
          deployment: 'default',
          eventTime: T - 60 + second,
          name,
          labels: NO_PLATFORM_LABELS,
          value: second,
          maximum: null,
          sampleCount: 1,
        })),
      );
      await writePlatform(connection, observations, { ...LIVE, source });
    });
  };
  await measure('statsd', ['ti_failures', 'executor_open_slots'], [0]);
  expect(await latestFactId(store.database)).toBe(from);
  await measure('statsd', [ENGINE_MEASUREMENT], [0, 10, 20, 30, 40, 50, 60]);
  await measure('airflow_rest', [ENGINE_MEASUREMENT], [33]);
  const facts = await readAll(store.database, { afterFactId: from });
  const seen = facts.flatMap(({ kind, fact }) => (kind === 'platform' ? [`${fact.name} ${fact.value}`] : []));
  expect(seen.sort()).toEqual([0, 33, 60].map((second) => `${ENGINE_MEASUREMENT} ${second}`));
  expect(await latestFactId(store.database)).toBeGreaterThan(from);
});

it('the latest measurement is found by the index of migration 0008, whose condition holds for more of them', async () => {
  const { index, plan } = await store.database.transaction(async (connection) => {
    await preparePlatformDays(connection, new Set([dayOf(T)]));
    await connection.execute('SET LOCAL enable_seqscan = off');
    const [partition] = await connection.query(
      "SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = 'platform_fact_read'::regclass",
    );
    const lines = await connection.query(`EXPLAIN ${statement('latest-fact-id')}`);
    return { index: partition?.['name'], plan: lines.map((line) => String(line['QUERY PLAN'])) };
  });
  expect(index).toMatch(/^platform_fact_/);
  expect(plan.filter((line) => line.includes(` ${String(index)} `))).toHaveLength(1);
});

it('of deadlines those are read that were seen before they passed', async () => {
  const from = await latestFactId(store.database);
  const deadline = { deployment: 'default', dagId: 'a', runId: 'r', name: null };
  const set = (deadlineId: string, deadlineAt: number) => ({
    ...{ ...deadline, deadlineId, deadlineAt },
    ...{ isMissed: false, eventTime: T },
  });
  const passed = set('passed', LIVE.knownAt);
  const write = (rows: readonly DeadlineObservation[]) =>
    store.database.transaction((connection) => writeDeadlines(connection, rows, LIVE));
  await write([passed, { ...passed, isMissed: true, eventTime: LIVE.knownAt }]);
  await write([{ ...set('unknown', LIVE.knownAt + 60), isMissed: true }]);
  expect(await latestFactId(store.database)).toBe(from);
  await write([set('pending', LIVE.knownAt + 0.5)]);
  expect(told(await readAll(store.database, { afterFactId: from }))).toEqual([
    {
      ...{ kind: 'deadline', factId: 0, knownAt: 0, visibilityAssumed: false, deployment: 'default' },
      ...{ eventTime: T, dagId: 'a', runId: 'r', deadlineId: 'pending', deadlineAt: LIVE.knownAt + 0.5 },
    },
  ]);
  expect(await latestFactId(store.database)).toBeGreaterThan(from);
});
