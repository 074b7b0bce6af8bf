import type { IncomingMessage } from 'node:http';
import { parseInstant } from '../../../../collector/airflow/instant.js';
import { FakeAirflow, type FakeAnswer, type FakeRequest } from '../fake-airflow.js';
import { eventLogIn } from '../fake-selection.js';
import type { FakeRun, FakeTaskInstance, FakeWorld } from '../fake-rows.js';

const PAGING = ['limit', 'offset'];
const CHANGES = ['updated_at_gte', 'updated_at_lte'];
/** Parameters that Airflow 2 takes at each list; others are an error there. */
const PARAMETERS: Readonly<Record<string, readonly string[]>> = {
  dags: [...PAGING, 'order_by', 'only_active'],
  tasks: [],
  dagRuns: [...PAGING, ...CHANGES, 'order_by', 'execution_date_gte', 'execution_date_lte'],
  taskInstances: [...PAGING, ...CHANGES, 'state'],
  tries: [],
  pools: [...PAGING, 'order_by'],
  datasets: [...PAGING, 'order_by'],
  events: [...PAGING, 'order_by'],
  importErrors: [...PAGING, 'order_by'],
  eventLogs: [...PAGING, 'order_by', 'after', 'before', 'excluded_events'],
};
const MAX_PAGE = 100;

interface Question {
  readonly dag_ids: string[];
  readonly dag_run_ids: string[];
  readonly execution_date_gte: string;
  readonly execution_date_lte: string;
  readonly page_limit: number;
}

/** As {@link FakeAirflow}, for REST API v1: basic authentication, no order of task instances, strict parameters. */
export class FakeAirflow2 extends FakeAirflow {
  constructor(world: FakeWorld) {
    super({ ...world, version: '2.11.0' });
  }

  protected override route(request: FakeRequest, message: IncomingMessage, body: string): FakeAnswer {
    const { path, query } = request;
    if (path === '/api/v1/version') return ok({ version: this.world.version, git_version: null });
    if (path === '/api/v1/health') return ok(this.world.health);
    if (!path.startsWith('/api/v1/')) return problem(404, 'Not Found');
    const login = Buffer.from(`viewer:${this.password}`).toString('base64');
    if (message.headers.authorization !== `Basic ${login}`) return problem(401, 'Unauthorized');
    if (path.endsWith('/taskInstances/list')) return this.#batch(JSON.parse(body) as Question);
    if (path.includes('/logs/')) return this.logAnswer(request);
    const parts = path.split('/').slice(3);
    const list = parts.at(-1)!;
    const unknown = [...query.keys()].filter((name) => PARAMETERS[list]?.includes(name) !== true);
    if (unknown.length > 0) return problem(400, `Extra query parameter(s) ${unknown.join(', ')} not in spec`);
    return this.#list(list, parts, request) ?? problem(404, 'Not Found');
  }

  #list(list: string, parts: readonly string[], request: FakeRequest): FakeAnswer | null {
    const { world } = this;
    const { query } = request;
    switch (list) {
      case 'pools':
        return page('pools', world.pools, query);
      case 'datasets':
        return page('datasets', world.assets.map(datasetOf), query);
      case 'events':
        return page('dataset_events', datasetEvents(world), query);
      case 'importErrors':
        return page('import_errors', world.importErrors, query);
      case 'eventLogs': {
        const excluded = (query.get('excluded_events') ?? '').split(',');
        return page('event_logs', eventLogIn(world, query, excluded), query);
      }
      case 'dags':
        return page('dags', world.dags.map(dagOf), query);
      case 'tasks': {
        const tasks = world.tasks.get(parts[1]!);
        return tasks === undefined ? null : ok({ tasks, total_entries: tasks.length });
      }
      case 'dagRuns':
        return this.#runs(query);
      case 'taskInstances': {
        const [, dagId, , runId] = parts;
        const rows = world.instances.filter(
          (row) =>
            (dagId === '~' || row.dag_id === dagId) &&
            (runId === '~' || row.dag_run_id === runId) &&
            (!query.has('state') || query.getAll('state').includes(row.state ?? 'none')) &&
            within(row.updated_at, query, 'updated_at'),
        );
        return page('task_instances', disorder(rows, request.count).map(instanceOf), query);
      }
      case 'tries':
        return this.#tries(parts);
      default:
        return null;
    }
  }

  #runs(query: URLSearchParams): FakeAnswer {
    const order = query.get('order_by');
    const rows = this.world.runs.filter(
      (run) =>
        within(run.updated_at, query, 'updated_at') && within(logicalDate(run), query, 'execution_date'),
    );
    if (order?.endsWith('execution_date') === true)
      rows.sort((a, b) => logicalDate(a).localeCompare(logicalDate(b)));
    if (order === '-execution_date') rows.reverse();
    return page('dag_runs', rows.map(runOf), query);
  }

  /** Airflow takes every DAG id together with every run id, and a page of any size. */
  #batch(question: Question): FakeAnswer {
    const due = new Map(this.world.runs.map((run) => [`${run.dag_id}\0${run.dag_run_id}`, logicalDate(run)]));
    const range = new URLSearchParams({
      execution_date_gte: question.execution_date_gte,
      execution_date_lte: question.execution_date_lte,
    });
    const rows = this.world.instances.filter(
      (row) =>
        question.dag_ids.includes(row.dag_id) &&
        question.dag_run_ids.includes(row.dag_run_id) &&
        within(due.get(`${row.dag_id}\0${row.dag_run_id}`)!, range, 'execution_date'),
    );
    const shown = disorder(rows, this.requests.length).slice(0, question.page_limit);
    return ok({ task_instances: shown.map(instanceOf), total_entries: rows.length });
  }

  #tries(parts: readonly string[]): FakeAnswer | null {
    const [, dagId, , runId, , taskId, index] = parts;
    const mapIndex = parts.length === 8 ? Number(index) : -1;
    const isIt = (row: FakeTaskInstance): boolean =>
      row.dag_id === dagId &&
      row.dag_run_id === runId &&
      row.task_id === taskId &&
      row.map_index === mapIndex;
    const current = this.world.instances.filter((row) => isIt(row) && row.state !== 'up_for_retry');
    const tries = [...this.world.history.filter(isIt), ...current].map(instanceOf);
    return tries.length === 0 ? null : ok({ task_instances: tries, total_entries: tries.length });
  }
}

function logicalDate(run: FakeRun): string {
  return run.logical_date ?? run.run_after;
}

function runOf(run: FakeRun): object {
  const { dag_id, dag_run_id, state, run_type, start_date, end_date, conf, run_after } = run;
  const date = logicalDate(run);
  const told = { dag_id, dag_run_id, state, run_type, start_date, end_date, conf };
  return { ...told, execution_date: date, logical_date: date, data_interval_end: run_after };
}

function dagOf(dag: FakeWorld['dags'][number]): object {
  const { dag_id, is_paused, is_stale, owners, tags, fileloc } = dag;
  return {
    dag_id,
    is_paused,
    is_active: !is_stale,
    owners,
    tags,
    fileloc,
    schedule_interval: { __type: 'CronExpression', value: '@daily' },
    next_dagrun_create_after: null,
  };
}

function datasetOf({ uri, producing_tasks, scheduled_dags }: FakeWorld['assets'][number]): object {
  return { uri, producing_tasks, consuming_dags: scheduled_dags };
}

/** The newest first: the only order that is asked for. */
function datasetEvents(world: FakeWorld): object[] {
  return [...world.assetEvents]
    .sort((a, b) => b.timestamp.localeCompare(a.timestamp))
    .map(({ uri, ...event }) => ({ ...event, name: undefined, dataset_uri: uri }));
}

function instanceOf(row: FakeTaskInstance): object {
  const told = Object.entries(row).filter(
    ([name]) => !['id', 'scheduled_when', 'dag_version', 'updated_at'].includes(name),
  );
  return Object.fromEntries(told);
}

/** Another order for each request, as PostgreSQL may choose. */
function disorder<T>(rows: readonly T[], seed: number): T[] {
  const start = (seed * 7) % Math.max(1, rows.length);
  const turned = [...rows.slice(start), ...rows.slice(0, start)];
  return seed % 2 === 0 ? turned : turned.reverse();
}

function within(value: string, query: URLSearchParams, field: string): boolean {
  const from = query.get(`${field}_gte`);
  const to = query.get(`${field}_lte`);
  const time = parseInstant(value)!;
  return (from === null || time >= parseInstant(from)!) && (to === null || time <= parseInstant(to)!);
}

function page(key: string, rows: readonly object[], query: URLSearchParams): FakeAnswer {
  const limit = Math.min(Number(query.get('limit') ?? MAX_PAGE), MAX_PAGE);
  const offset = Number(query.get('offset') ?? 0);
  return ok({ [key]: rows.slice(offset, offset + limit), total_entries: rows.length });
}

function ok(answer: unknown): FakeAnswer {
  return { status: 200, answer };
}

function problem(status: number, detail: string): FakeAnswer {
  return { status, answer: { detail, status, title: detail, type: 'about:blank' } };
}
