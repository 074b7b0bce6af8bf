/** Rows as the REST API tells them, plus `updated_at`, which it keeps to itself. */
export interface FakeRun {
  dag_id: string;
  dag_run_id: string;
  state: string;
  run_type: string;
  run_after: string;
  logical_date: string | null;
  queued_at: string | null;
  start_date: string | null;
  end_date: string | null;
  conf: unknown;
  updated_at: string;
}

export interface FakeTaskInstance {
  id: string;
  dag_id: string;
  dag_run_id: string;
  task_id: string;
  map_index: number;
  try_number: number;
  max_tries: number;
  state: string | null;
  scheduled_when: string | null;
  queued_when: string | null;
  start_date: string | null;
  end_date: string | null;
  operator: string;
  pool: string;
  queue: string;
  hostname: string;
  dag_version: { version_number: number } | null;
  rendered_fields: unknown;
  updated_at: string;
}

export interface FakeAssetEvent {
  id: number;
  uri: string;
  name: string;
  timestamp: string;
  source_dag_id: string | null;
  source_task_id: string | null;
  source_run_id: string | null;
  source_map_index: number | null;
  extra: unknown;
}

export interface FakeEventLog {
  event_log_id: number;
  when: string;
  event: string;
  dag_id: string | null;
  task_id: string | null;
  run_id: string | null;
  map_index: number | null;
  try_number: number | null;
  owner: string;
  extra: string | null;
}

export interface FakeDeadline {
  id: string;
  dag_id: string;
  dag_run_id: string;
  deadline_time: string;
  missed: boolean;
  created_at: string;
  alert_id: string | null;
  alert_name: string | null;
  last_updated_at: string;
}

export interface FakeWorld {
  /** Airflow's clock. */
  now: number;
  version: string;
  dags: { dag_id: string; is_paused: boolean; is_stale: boolean; [key: string]: unknown }[];
  tasks: Map<string, Record<string, unknown>[]>;
  versions: {
    id: string;
    dag_id: string;
    version_number: number;
    bundle_name: string;
    bundle_version: string | null;
    created_at: string;
  }[];
  assets: {
    uri: string;
    name: string;
    producing_tasks: { dag_id: string; task_id: string }[];
    scheduled_dags: { dag_id: string }[];
  }[];
  assetEvents: FakeAssetEvent[];
  /** Answer of `/ui/dependencies`. */
  dependencies: { nodes: object[]; edges: object[] };
  importErrors: Record<string, unknown>[];
  /** Answer about the health of the components. */
  health: Record<string, unknown>;
  eventLog: FakeEventLog[];
  /** As Airflow 3.3 lists them, plus `last_updated_at`, which it keeps to itself. */
  deadlines: FakeDeadline[];
  runs: FakeRun[];
  instances: FakeTaskInstance[];
  /** Earlier tries (task_instance_history). */
  history: FakeTaskInstance[];
  pools: Record<string, unknown>[];
}
