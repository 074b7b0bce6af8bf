import { z } from 'zod';
import type { Queryable } from '../../core/database/port.js';

/** The ways to an Airflow, as they are named in facts and in `collection_state`. */
export type SourceName = 'airflow_rest' | 'airflow_metadata';

/** Whose state it is: each way to an Airflow has its own. */
export interface StateOwner {
  readonly deployment: string;
  readonly source: { readonly name: SourceName };
}

/** How far the history, read in order of the time when DAG runs were due, has come. */
const history = z.object({
  /** Address of what was read; another one starts over, and the fact log knows what is new. */
  address: z.string(),
  /** Which time of DAG runs that is; it differs between Airflow 2 and 3. */
  dueField: z.enum(['run_after', 'logical_date']).default('run_after'),
  /** Runs due from here on are (being) covered; null: from the beginning. */
  coveredFrom: z.number().nullable(),
  /** Runs due before this have been read. */
  next: z.number(),
  /** The reading ends with runs due before this. */
  to: z.number(),
  widthSeconds: z.number(),
  done: z.number(),
  total: z.number().nullable(),
  isComplete: z.boolean(),
});
export type HistoryState = z.output<typeof history>;

/** Where the next reading of changes begins, on Airflow's clock. */
const changes = z.object({ readFrom: z.number() });
export type ChangesState = z.output<typeof changes>;

/** The reading of the tasks of all DAGs. */
const tasks = z.object({
  /** Last DAG of an unfinished reading; null between readings. */
  after: z.string().nullable(),
  /** When the last complete reading began, on our clock. */
  readAt: z.number().nullable(),
  /** The newest DAG version that has been read (ids are UUIDv7: they sort by time). */
  newestVersion: z.string().nullable(),
});
export type TasksState = z.output<typeof tasks>;

const reasons = z.object({
  /** Failed tries up to this fact have been queued for the reading of their logs. */
  afterFactId: z.number(),
  /** No pass over the reasons of history has come to its end yet. */
  isHistoryOpen: z.boolean().default(false),
});
export type ReasonsState = z.output<typeof reasons>;

/** The reading of DAG versions. */
const dagVersions = z.object({ newestVersion: z.string().nullable() });

/** The reading of assets and dependencies: when the last one began, on our clock. */
const assets = z.object({ readAt: z.number() });

/** A stream of events. Times are on Airflow's clock. */
const events = z.object({
  /** Address of the Airflow that was read; another one starts over. */
  address: z.string(),
  /** Events from here on are (being) covered. */
  coveredFrom: z.number(),
  /** The next reading begins here. */
  readFrom: z.number(),
  /** Events from here on were learnt as they came; earlier ones are history. */
  liveFrom: z.number(),
});
export type EventsState = z.output<typeof events>;

/** Who collects; see `tellOtherCollectors`. */
const collector = z.object({
  id: z.string(),
  /** It came to its end and said so; one that was killed did not. */
  hasLeft: z.boolean(),
});

const STREAMS = {
  history,
  changes,
  tasks,
  reasons,
  dag_versions: dagVersions,
  assets,
  asset_events: events,
  event_log: events,
  deadlines: events,
  collector,
} as const;
type Stream = keyof typeof STREAMS;
type StateOf = { readonly [S in Stream]: z.output<(typeof STREAMS)[S]> };

/** The committed state of a stream; null when it never ran, or was written in a form that this version cannot read. */
export async function loadState<S extends Stream>(
  database: Pick<Queryable, 'query'>,
  owner: StateOwner,
  stream: S,
): Promise<StateOf[S] | null> {
  const rows = await database.query<{ state: unknown }>(
    'SELECT state FROM collection_state WHERE deployment = $1 AND source = $2 AND stream = $3',
    [owner.deployment, owner.source.name, stream],
  );
  const parsed = STREAMS[stream].safeParse(rows[0]?.state);
  return parsed.success ? (parsed.data as StateOf[S]) : null;
}

/** Writes a state; use the transaction that writes the facts it covers. */
export async function saveState<S extends Stream>(
  connection: Queryable,
  owner: StateOwner,
  stream: S,
  state: StateOf[S],
): Promise<void> {
  await connection.execute(
    `INSERT INTO collection_state (deployment, source, stream, state) VALUES ($1, $2, $3, $4::jsonb)
     ON CONFLICT (deployment, source, stream) DO UPDATE SET state = EXCLUDED.state, updated_at = now()`,
    [owner.deployment, owner.source.name, stream, JSON.stringify(state)],
  );
}
