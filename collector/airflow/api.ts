import type { UnixSeconds } from '../../core/facts.js';
import type {
  ApiAsset,
  ApiAssetEvent,
  ApiDag,
  ApiDagChange,
  ApiDagDependency,
  ApiDagRun,
  ApiDagVersion,
  ApiDeadline,
  ApiEventLog,
  ApiHealth,
  ApiImportError,
  ApiPool,
  ApiTask,
  ApiTaskInstance,
} from './rows.js';

/** The REST APIs of Airflow: v1 belongs to Airflow 2, v2 to Airflow 3. */
export type RestVersion = 'v1' | 'v2';

/** A half-open span of time, `[from, to)`; open towards the future when `to` is null. */
export interface Span {
  readonly from: UnixSeconds;
  readonly to: UnixSeconds | null;
}

export interface ListLimits {
  /** More rows than this give null. */
  readonly maxRows: number;
  /** True: a time-out is thrown at once, for the caller to ask for less. */
  readonly isTimeoutFinal: boolean;
}

/** DAG runs and task instances (each in its last try) that belong to one span of time. */
export interface SpanRows {
  readonly dagRuns: readonly ApiDagRun[];
  readonly taskInstances: readonly ApiTaskInstance[];
  /** All earlier tries of these task instances; absent where each must be asked for them ({@link AirflowApi.history}). */
  readonly earlierTries?: EarlierTries;
}

/** Tries of task instances from the history, in any order; none for most. */
export type EarlierTries = ReadonlyMap<ApiTaskInstance, readonly ApiTaskInstance[]>;

/** Configured retries of a task, null when unknown. */
export type RetriesOf = (dagId: string, taskId: string) => number | null;

/** Which log: one try of one task instance. */
export interface LogOf {
  readonly dag_id: string;
  readonly dag_run_id: string;
  readonly task_id: string;
  readonly map_index: number;
  readonly try_number: number;
}

/** The end of a try's log, or why there is none. */
export type LogEnd =
  | { readonly text: string }
  | {
      readonly unread: string;
      /** True when asking again is of no use. */
      readonly isFinal: boolean;
    };

/** Earlier tries where no list has them: one question per task instance. */
export interface HistoryApi {
  /** Those whose earlier {@link tries} must be asked for. */
  selectForHistory(rows: SpanRows, retriesOf: RetriesOf): ApiTaskInstance[];
  /** All tries of one task instance, in any order; null when it is gone or its id cannot be asked for. */
  tries(of: ApiTaskInstance): Promise<readonly ApiTaskInstance[] | null>;
}

/** The questions that ORC asks Airflow, whatever its version and the way to it. All reading; nothing is changed. */
export interface AirflowApi extends SurroundingsApi {
  /** Null where the metadata database answers. */
  readonly restVersion: RestVersion | null;
  /** How many questions may be under way at once. */
  readonly concurrency: number;
  /** The time of DAG runs by which history is read: it never changes. */
  readonly dueField: 'run_after' | 'logical_date';
  /** All DAGs, also those that Airflow no longer finds. */
  dags(): Promise<ApiDag[]>;
  /** Tasks of these DAGs, by DAG; a DAG that is gone has none. */
  tasks(dagIds: readonly string[]): Promise<ReadonlyMap<string, readonly ApiTask[]>>;
  /** The newest changes of DAGs, newest first; null where Airflow does not tell them. */
  newestDagChanges(): Promise<readonly ApiDagChange[] | null>;
  countDagRuns(dueFrom: UnixSeconds | null): Promise<number | null>;
  /** {@link dueField} of the earliest or latest DAG run (from `from` on); null when there is none. */
  dagRunDue(which: 'first' | 'last', from: UnixSeconds | null): Promise<UnixSeconds | null>;
  /** DAG runs whose {@link dueField} lies in the span, with all their task instances; null when there are too many rows. */
  dueIn(span: Span, limits: ListLimits): Promise<SpanRows | null>;
  /** DAG runs and task instances that changed last in the span; null when there are too many rows. */
  changedIn(span: Span, limits: ListLimits): Promise<SpanRows | null>;
  /** Null where every answer has its {@link SpanRows.earlierTries}. */
  readonly history: HistoryApi | null;
  /**
   * The end of the log of one try that has ended, at most so many bytes of it; undefined where logs cannot be read at all.
   * @throws AirflowError `unauthorized` when this user may not read logs
   */
  readonly logEnd?: (of: LogOf, keepBytes: number, signal?: AbortSignal) => Promise<LogEnd>;
  pools(): Promise<ApiPool[]>;
  /**
   * Deadlines of DAG runs that were set or missed in the span, and any others; null when there are too many rows. Null instead where
   * this Airflow has or tells none.
   * @throws AirflowError `unauthorized` when they may not be read
   */
  readonly deadlinesIn: ((span: Span, limits: ListLimits) => Promise<readonly ApiDeadline[] | null>) | null;
}

/** The part of it that tells what surrounds the runs. */
export interface SurroundingsApi {
  /** The newest DAG versions, newest first; null where Airflow keeps no versions. */
  newestDagVersions(): Promise<readonly ApiDagVersion[] | null>;
  /** All versions of all DAGs. */
  dagVersions(): Promise<ApiDagVersion[]>;
  /** All assets that DAGs speak of. */
  assets(): Promise<ApiAsset[]>;
  /** Dependencies by triggers and sensors; null where this source does not tell them. Those by assets follow from {@link assets}. */
  dagDependencies(): Promise<ApiDagDependency[] | null>;
  /** Updates of assets whose time lies in the span; null when there are too many rows. */
  assetEventsIn(span: Span, limits: ListLimits): Promise<readonly ApiAssetEvent[] | null>;
  /** The DAG files that cannot be imported, up to a bound; `isComplete` is false when there are more. */
  importErrors(): Promise<{ readonly rows: readonly ApiImportError[]; readonly isComplete: boolean }>;
  health(): Promise<ApiHealth>;
  /**
   * Rows of the event log whose time lies in the span, without most of what tasks write about themselves; null when there are too
   * many rows.
   */
  eventLogIn(span: Span, limits: ListLimits): Promise<readonly ApiEventLog[] | null>;
}

export interface ApiOptions {
  readonly pageSize: number;
  readonly signal?: AbortSignal | undefined;
}
