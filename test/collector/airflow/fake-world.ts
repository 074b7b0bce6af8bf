import { formatInstant } from '../../../collector/airflow/instant.js';
import type { FakeRun, FakeTaskInstance, FakeAssetEvent, FakeEventLog, FakeWorld } from './fake-rows.js';

export const T0 = 1_790_000_000;

let births = 0;

/** A UUIDv7 of this time; later calls sort behind earlier ones. */
export function uuid7(seconds: number): string {
  const time = Math.floor(seconds * 1000)
    .toString(16)
    .padStart(12, '0');
  const order = (births++).toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${order}`;
}

export function emptyWorld(now = T0): FakeWorld {
  return {
    now,
    version: '3.2.1',
    dags: [],
    tasks: new Map(),
    versions: [],
    runs: [],
    instances: [],
    history: [],
    pools: [pool('default_pool', 128)],
    assets: [],
    assetEvents: [],
    dependencies: { nodes: [], edges: [] },
    importErrors: [],
    health: { metadatabase: { status: 'healthy' } },
    eventLog: [],
    deadlines: [],
  };
}

export function pool(name: string, slots: number): Record<string, unknown> {
  const used = {
    occupied_slots: 0,
    running_slots: 0,
    queued_slots: 0,
    scheduled_slots: 0,
    deferred_slots: 0,
  };
  return { name, slots, ...used, open_slots: slots };
}

export function addDag(
  world: FakeWorld,
  dagId: string,
  taskIds: readonly string[],
  more: Record<string, unknown> = {},
): void {
  world.dags.push({
    dag_id: dagId,
    is_paused: false,
    is_stale: false,
    timetable_summary: '@daily',
    owners: ['ops', 'data'],
    tags: [{ name: 'b' }, { name: 'a' }],
    next_dagrun_run_after: null,
    fileloc: '/dags/file.py',
    ...more,
  });
  world.tasks.set(
    dagId,
    taskIds.map((id) => task(id)),
  );
  addVersion(world, dagId);
}

export function addVersion(world: FakeWorld, dagId: string): void {
  world.versions.push({
    id: uuid7(world.now),
    dag_id: dagId,
    version_number: world.versions.filter((version) => version.dag_id === dagId).length + 1,
    bundle_name: 'dags-folder',
    bundle_version: null,
    created_at: formatInstant(world.now),
  });
}

/** An asset that a task of one DAG writes and that schedules another. */
export function addAsset(world: FakeWorld, uri: string, from: readonly [string, string], to: string): void {
  const [dag_id, task_id] = from;
  world.assets.push({
    uri,
    name: uri,
    producing_tasks: [{ dag_id, task_id }],
    scheduled_dags: [{ dag_id: to }],
  });
}

/** An update of an asset by a run of the DAG that writes it. */
export function addAssetEvent(world: FakeWorld, uri: string, at: number): FakeAssetEvent {
  const producer = world.assets.find((asset) => asset.uri === uri)!.producing_tasks[0]!;
  const event: FakeAssetEvent = {
    id: world.assetEvents.length + 1,
    uri,
    name: uri,
    timestamp: formatInstant(at),
    source_dag_id: producer.dag_id,
    source_task_id: producer.task_id,
    source_run_id: 'scheduled__1',
    source_map_index: -1,
    extra: { secret: 'never read' },
  };
  world.assetEvents.push(event);
  return event;
}

/** A row of the event log; of a person unless `more` says otherwise. */
export function addEventLog(
  world: FakeWorld,
  event: string,
  at: number,
  more: Partial<FakeEventLog> = {},
): FakeEventLog {
  const row: FakeEventLog = {
    event_log_id: world.eventLog.length + 1,
    when: formatInstant(at),
    event,
    dag_id: null,
    task_id: null,
    run_id: null,
    map_index: null,
    try_number: null,
    owner: 'admin',
    extra: null,
    ...more,
  };
  world.eventLog.push(row);
  return row;
}

export function task(id: string, more: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    task_id: id,
    owner: 'ops',
    trigger_rule: 'all_success',
    retries: 1.0,
    queue: 'default',
    pool: 'default_pool',
    pool_slots: 1.0,
    execution_timeout: null,
    retry_delay: { __type: 'TimeDelta', days: 0, seconds: 300, microseconds: 0 },
    downstream_task_ids: [],
    operator_name: '@task',
    class_ref: { module_path: 'm', class_name: 'PythonOperator' },
    is_mapped: false,
    ...more,
  };
}

/** A run that was due at `at`; its times follow from it. */
export function addRun(
  world: FakeWorld,
  dagId: string,
  runId: string,
  at: number,
  more: Partial<FakeRun> = {},
): FakeRun {
  const run: FakeRun = {
    dag_id: dagId,
    dag_run_id: runId,
    state: 'success',
    run_type: 'scheduled',
    run_after: formatInstant(at),
    logical_date: formatInstant(at),
    queued_at: formatInstant(at + 0.25),
    start_date: formatInstant(at + 0.5),
    end_date: formatInstant(at + 60.123456),
    conf: { secret: 'never read' },
    updated_at: formatInstant(at + 60.2),
    ...more,
  };
  world.runs.push(run);
  return run;
}

/** A finished first try that was born with its run. */
export function addInstance(
  world: FakeWorld,
  run: FakeRun,
  taskId: string,
  more: Partial<FakeTaskInstance> = {},
): FakeTaskInstance {
  const at = Date.parse(run.run_after) / 1000;
  const row: FakeTaskInstance = {
    id: uuid7(at),
    dag_id: run.dag_id,
    dag_run_id: run.dag_run_id,
    task_id: taskId,
    map_index: -1,
    try_number: 1,
    max_tries: 1,
    state: 'success',
    scheduled_when: formatInstant(at + 1),
    queued_when: formatInstant(at + 1.5),
    start_date: formatInstant(at + 2.000001),
    end_date: formatInstant(at + 9.999999),
    operator: 'PythonOperator',
    pool: 'default_pool',
    queue: 'default',
    hostname: 'worker-1',
    dag_version: { version_number: 1 },
    rendered_fields: { secret: 'never read' },
    updated_at: formatInstant(at + 10),
    ...more,
  };
  world.instances.push(row);
  return row;
}

/** Ends the try as failed and moves on to the next one, as Airflow does: history row, new id, next number. */
export function retry(world: FakeWorld, row: FakeTaskInstance, at: number, outcome = 'success'): void {
  world.history.push({ ...row, state: 'failed', end_date: formatInstant(at) });
  Object.assign(row, {
    id: uuid7(at),
    try_number: row.try_number + 1,
    state: outcome,
    scheduled_when: formatInstant(at + 5),
    queued_when: formatInstant(at + 5.5),
    start_date: formatInstant(at + 6),
    end_date: formatInstant(at + 7),
    updated_at: formatInstant(at + 8),
  });
}

const DAY = 86_400;

/** Three DAGs, nine runs over eight days, with retries, mapped tasks, a skip and a DAG that never ran. */
export function smallWorld(): FakeWorld {
  const world = emptyWorld(T0 + 10 * DAY);
  addDag(world, 'sales.daily', ['extract', 'group.load', 'report']);
  addDag(world, 'never_ran', ['only']);
  addDag(world, 'hourly', ['poll']);
  for (let day = 0; day < 6; day++) {
    const at = T0 + day * DAY;
    const run = addRun(world, 'sales.daily', `scheduled__${formatInstant(at)}`, at);
    addInstance(world, run, 'extract');
    const load = addInstance(world, run, 'group.load');
    if (day % 2 === 0) retry(world, load, at + 20);
    for (const index of [0, 1]) addInstance(world, run, 'report', { map_index: index });
    addInstance(world, run, 'notify', {
      try_number: 0,
      state: 'skipped',
      scheduled_when: null,
      queued_when: null,
      hostname: '',
    });
  }
  for (let hour = 0; hour < 3; hour++) {
    const at = T0 + 7 * DAY + hour * 3600;
    addInstance(
      world,
      addRun(world, 'hourly', `manual__${hour}`, at, { run_type: 'manual', logical_date: null }),
      'poll',
    );
  }
  return world;
}

/** Keys of the facts that a complete collection of this world must hold: each try in its last state. */
export function expectedTries(world: FakeWorld): string[] {
  const rows = [...world.instances, ...world.history].filter((row) => row.state !== null);
  return rows.map((row) => tryKey(row)).sort();
}

function tryKey(row: FakeTaskInstance): string {
  return JSON.stringify([row.dag_id, row.dag_run_id, row.task_id, row.map_index, row.try_number, row.state]);
}
