import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Queryable } from '../../../core/database/port.js';
import {
  loadAssets,
  loadDagDependencies,
  loadImportErrors,
} from '../../../core/fact-log/read-surroundings.js';
import {
  writeAssetEvents,
  writeAssets,
  writeDagDependencies,
  writeDagVersions,
  writeDeadlines,
  writeEventLog,
  writeImportErrors,
} from '../../../core/fact-log/write-surroundings.js';
import type { WriteOptions, WriteResult } from '../../../core/fact-log/write.js';
import type {
  AssetEventObservation,
  AssetObservation,
  DagDependencyObservation,
  DagVersionObservation,
  DeadlineObservation,
  EventLogObservation,
  ImportErrorObservation,
} from '../../../core/surroundings.js';
import { temporaryDatabase, type TemporaryDatabase } from '../../support/database.js';
import { LIVE } from './observations.js';

let store: TemporaryDatabase;

beforeAll(async () => {
  store = await temporaryDatabase();
});
afterAll(async () => {
  await store.drop();
});
beforeEach(async () => {
  await store.database.execute(
    `TRUNCATE dag_version_fact, asset_fact, asset_event_fact, dag_dependency_fact, import_error_fact, event_log_fact, deadline_fact`,
  );
});

const version: DagVersionObservation = {
  deployment: 'default',
  dagId: 'dag',
  versionNumber: 1,
  bundleName: 'dags-folder',
  bundleVersion: null,
  createdAt: 1_700_000_000.25,
};
const asset: AssetObservation = {
  deployment: 'default',
  uri: 's3://lake/orders 😀',
  name: 'orders',
  isActive: true,
  producingTasks: [{ dagId: 'dag', taskId: 'group.task' }],
  consumingDags: ['a, "quoted" \\ one', 'b'],
};
const dependency: DagDependencyObservation = {
  deployment: 'default',
  fromDagId: 'dag',
  toDagId: 'b',
  kind: 'asset',
  via: asset.uri,
  isActive: true,
};
const importError: ImportErrorObservation = {
  deployment: 'default',
  file: 'broken.py',
  bundleName: null,
  eventTime: 1_700_000_100.5,
  message: 'ImportError: no module',
  isResolved: false,
};
const assetEvent: AssetEventObservation = {
  deployment: 'default',
  eventId: 1,
  eventTime: 1_700_000_000.123456,
  uri: asset.uri,
  name: asset.name,
  dagId: null,
  taskId: null,
  runId: null,
  mapIndex: null,
};
const person: EventLogObservation = {
  deployment: 'default',
  eventId: 1,
  eventTime: 1_700_000_000,
  event: 'patch_dag',
  action: 'pause',
  dagId: 'dag',
  taskId: null,
  runId: null,
  mapIndex: null,
  tryNumber: null,
  owner: 'admin',
  detail: { is_paused: true },
};

const deadline: DeadlineObservation = {
  deployment: 'default',
  dagId: 'dag',
  runId: 'run',
  deadlineId: '0199a000-0000-7000-8000-000000000001',
  name: null,
  deadlineAt: 1_700_000_600,
  isMissed: false,
  eventTime: 1_700_000_000.25,
};

type Write<T> = (connection: Queryable, rows: readonly T[], options: WriteOptions) => Promise<WriteResult>;

async function write<T>(writer: Write<T>, rows: readonly T[]): Promise<number> {
  const { appended } = await store.database.transaction((connection) => writer(connection, rows, LIVE));
  return appended;
}

describe('what surrounds the runs', () => {
  test('comes back as it was written', async () => {
    await write(writeAssets, [asset]);
    await write(writeDagDependencies, [dependency]);
    await write(writeImportErrors, [importError]);
    expect(await loadAssets(store.database, 'default')).toEqual([asset]);
    expect(await loadDagDependencies(store.database, 'default')).toEqual([dependency]);
    expect(await loadImportErrors(store.database, 'default')).toEqual([importError]);
    expect(await loadAssets(store.database, 'another')).toEqual([]);
  });

  test('is gone when the latest fact says so', async () => {
    await write(writeAssets, [asset, { ...asset, isActive: false }]);
    await write(writeDagDependencies, [dependency, { ...dependency, isActive: false }]);
    await write(writeImportErrors, [importError, { ...importError, isResolved: true }]);
    expect(await loadAssets(store.database, 'default')).toEqual([]);
    expect(await loadDagDependencies(store.database, 'default')).toEqual([]);
    expect(await loadImportErrors(store.database, 'default')).toEqual([]);
  });

  // Each sequence is a, a, b, a: three changes; then a again, which changes nothing, and another one beside it.
  test.each<[string, (rows: readonly object[]) => Promise<number>, object, object, object]>([
    [
      'DAG versions',
      (rows) => write(writeDagVersions, rows as DagVersionObservation[]),
      version,
      { ...version, bundleVersion: 'abc' },
      { ...version, versionNumber: 2 },
    ],
    [
      'assets',
      (rows) => write(writeAssets, rows as AssetObservation[]),
      asset,
      { ...asset, consumingDags: [] },
      { ...asset, name: 'other' },
    ],
    [
      'dependencies',
      (rows) => write(writeDagDependencies, rows as DagDependencyObservation[]),
      dependency,
      { ...dependency, isActive: false },
      { ...dependency, kind: 'sensor' },
    ],
    [
      'import errors',
      (rows) => write(writeImportErrors, rows as ImportErrorObservation[]),
      importError,
      { ...importError, message: 'SyntaxError' },
      { ...importError, bundleName: 'other' },
    ],
  ])('%s are appended only when they differ from the latest', async (_kind, run, a, b, another) => {
    expect(await run([a, a, b, a])).toBe(3);
    expect(await run([a])).toBe(0);
    expect(await run([another, a])).toBe(1);
    expect(await run([{ ...a, deployment: 'second' }])).toBe(1);
  });

  test('an import error that Airflow only dates anew is no change', async () => {
    expect(await write(writeImportErrors, [importError])).toBe(1);
    expect(await write(writeImportErrors, [{ ...importError, eventTime: importError.eventTime + 30 }])).toBe(
      0,
    );
  });

  test('events are appended once; the numbers of a new Airflow behind the same name are others', async () => {
    expect(await write(writeAssetEvents, [assetEvent, assetEvent])).toBe(1);
    expect(await write(writeAssetEvents, [assetEvent, { ...assetEvent, eventTime: 1_800_000_000 }])).toBe(1);
    expect(await write(writeEventLog, [person, person])).toBe(1);
    expect(await write(writeEventLog, [person, { ...person, eventId: 2 }])).toBe(1);
    const rows = await store.database.query(
      `SELECT detail, extract(epoch FROM event_time)::double precision AS at FROM event_log_fact WHERE event_id = 1`,
    );
    expect(rows).toEqual([{ detail: { is_paused: true }, at: 1_700_000_000 }]);
  });

  test('a deadline is appended when it is set, missed, or moved; whatever comes again changes nothing', async () => {
    const missed = { ...deadline, isMissed: true, eventTime: deadline.deadlineAt };
    expect(await write(writeDeadlines, [deadline, deadline])).toBe(1);
    expect(await write(writeDeadlines, [deadline, missed])).toBe(1);
    expect(await write(writeDeadlines, [missed, deadline])).toBe(0);
    expect(await write(writeDeadlines, [{ ...deadline, deadlineAt: deadline.deadlineAt + 60 }])).toBe(1);
    expect(await write(writeDeadlines, [{ ...deadline, deployment: 'second' }])).toBe(1);
  });
});
