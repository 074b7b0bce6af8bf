import type { Queryable } from '../../core/database/port.js';
import type {
  DagObservation,
  DagRunObservation,
  PlatformObservation,
  PoolObservation,
  TaskObservation,
  TryObservation,
  UnixSeconds,
} from '../../core/facts.js';
import type {
  AssetEventObservation,
  AssetObservation,
  DagDependencyObservation,
  DagVersionObservation,
  DeadlineObservation,
  EventLogObservation,
  ImportErrorObservation,
} from '../../core/surroundings.js';
import {
  writeAssetEvents,
  writeAssets,
  writeDagDependencies,
  writeDagVersions,
  writeDeadlines,
  writeEventLog,
  writeImportErrors,
} from '../../core/fact-log/write-surroundings.js';
import {
  type WriteOptions,
  type WriteResult,
  writeDagRuns,
  writeDags,
  writePlatform,
  writePools,
  writeTasks,
  writeTries,
} from '../../core/fact-log/write.js';
import { dagRunEventTime, tryEventTime } from './map.js';
import type { SourceName } from './state.js';

/** Observations of one transaction. */
export interface Batch {
  readonly dags?: readonly DagObservation[];
  readonly tasks?: readonly TaskObservation[];
  readonly dagRuns?: readonly DagRunObservation[];
  readonly tries?: readonly TryObservation[];
  readonly pools?: readonly PoolObservation[];
  readonly dagVersions?: readonly DagVersionObservation[];
  readonly assets?: readonly AssetObservation[];
  readonly dagDependencies?: readonly DagDependencyObservation[];
  readonly assetEvents?: readonly AssetEventObservation[];
  readonly importErrors?: readonly ImportErrorObservation[];
  readonly eventLog?: readonly EventLogObservation[];
  readonly deadlines?: readonly DeadlineObservation[];
  /** The partitions of their days must be there. */
  readonly platform?: readonly PlatformObservation[];
}

export const KINDS = [
  'dags',
  'tasks',
  'dagRuns',
  'tries',
  'pools',
  'dagVersions',
  'assets',
  'dagDependencies',
  'assetEvents',
  'importErrors',
  'eventLog',
  'deadlines',
  'platform',
] as const satisfies readonly (keyof Batch)[];
export type Kind = (typeof KINDS)[number];

export interface Count {
  /** Observations that came from Airflow. */
  received: number;
  /** Those that told something new. */
  appended: number;
}
export type Tally = Record<Kind, Count>;

export function emptyTally(): Tally {
  return Object.fromEntries(KINDS.map((kind) => [kind, { received: 0, appended: 0 }])) as Tally;
}

export function addTally(sum: Tally, more: Tally): void {
  for (const kind of KINDS) {
    sum[kind].received += more[kind].received;
    sum[kind].appended += more[kind].appended;
  }
}

export interface BatchOrigin {
  readonly source: SourceName;
  readonly knownAt: UnixSeconds;
  /**
   * Events from here on were learnt as they came: they count as visible at `knownAt`. Earlier ones are history, visible when
   * they happened. Null: everything is history.
   */
  readonly liveFrom: UnixSeconds | null;
}

export interface BatchResult {
  readonly tally: Tally;
  /** Observations that the database cannot hold. */
  readonly refused: number;
}

/** Writes a batch in the order DAGs, tasks, DAG runs, tries, pools, then the rest; inside the caller's transaction. */
export async function writeBatch(
  connection: Queryable,
  batch: Batch,
  origin: BatchOrigin,
): Promise<BatchResult> {
  const { source, knownAt, liveFrom } = origin;
  const tally = emptyTally();
  let refused = 0;
  const add = (kind: Kind, result: WriteResult): void => {
    tally[kind].received += result.received;
    tally[kind].appended += result.appended;
    refused += result.refused;
  };
  const options = (visibilityAssumed: boolean): WriteOptions => ({
    source,
    knownAt,
    visibilityAssumed,
  });
  // Descriptions and slots have no time of their own: they are as of now.
  const now = options(liveFrom === null);
  if (batch.dags?.length) add('dags', await writeDags(connection, batch.dags, now));
  if (batch.tasks?.length) add('tasks', await writeTasks(connection, batch.tasks, now));
  const isLive = (time: UnixSeconds | null): boolean =>
    liveFrom !== null && (time === null || time >= liveFrom);
  /** History first, then what was learnt as it came: they differ in when they count as visible. */
  const addTimed = async <T>(
    kind: Kind,
    rows: readonly T[] | undefined,
    timeOf: (row: T) => UnixSeconds | null,
    write: (connection: Queryable, rows: readonly T[], options: WriteOptions) => Promise<WriteResult>,
  ): Promise<void> => {
    for (const live of [false, true]) {
      const part = rows?.filter((row) => isLive(timeOf(row)) === live) ?? [];
      if (part.length > 0) add(kind, await write(connection, part, options(!live)));
    }
  };
  await addTimed('dagRuns', batch.dagRuns, dagRunEventTime, writeDagRuns);
  await addTimed('tries', batch.tries, tryEventTime, writeTries);
  if (batch.pools?.length) add('pools', await writePools(connection, batch.pools, now));
  await addTimed('dagVersions', batch.dagVersions, (version) => version.createdAt, writeDagVersions);
  if (batch.assets?.length) add('assets', await writeAssets(connection, batch.assets, now));
  if (batch.dagDependencies?.length)
    add('dagDependencies', await writeDagDependencies(connection, batch.dagDependencies, now));
  await addTimed('assetEvents', batch.assetEvents, (event) => event.eventTime, writeAssetEvents);
  await addTimed('importErrors', batch.importErrors, (error) => error.eventTime, writeImportErrors);
  await addTimed('eventLog', batch.eventLog, (row) => row.eventTime, writeEventLog);
  await addTimed('deadlines', batch.deadlines, (deadline) => deadline.eventTime, writeDeadlines);
  if (batch.platform?.length)
    add('platform', await writePlatform(connection, batch.platform, options(false)));
  return { tally, refused };
}
