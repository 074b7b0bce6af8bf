import type { IncomingMessage } from 'node:http';
import { FakeAirflow, type FakeAnswer, type FakeRequest } from '../../collector/airflow/fake-airflow.js';
import type { FakeRun, FakeTaskInstance } from '../../collector/airflow/fake-rows.js';

type Row = Record<string, unknown>;

/** Changes that were asked for: method and path, with the body. */
export interface AskedChange {
  readonly line: string;
  readonly body: Row;
}

/** The part of REST API v2 that actions use, strict about bodies as Airflow is; reads of one object, and writes. */
export class WritableAirflow extends FakeAirflow {
  readonly changes: AskedChange[] = [];
  /** Answered instead, after the change was made. */
  answerAfterChange: FakeAnswer | null = null;
  readonly notes = new Map<string, string>();

  protected override route(request: FakeRequest, message: IncomingMessage, text: string): FakeAnswer {
    const { method, path } = request;
    const parts = path.split('/').slice(3);
    if (!path.startsWith('/api/v2/') || (method === 'GET' && parts.length < 2))
      return super.route(request, message, text);
    if (path.startsWith('/api/v2/version')) return super.route(request, message, text);
    const body = text === '' ? {} : (JSON.parse(text) as Row);
    if (method === 'GET') return this.#one(parts, request.query) ?? notFound(path);
    const isDry = body['dry_run'] === true;
    if (!isDry) this.changes.push({ line: `${method} ${path}`, body });
    const answer = this.#change(parts, body, isDry) ?? notFound(path);
    if (isDry || answer.status > 299) return answer;
    return this.answerAfterChange ?? answer;
  }

  failedIn(dagId: string, runId: string): FakeTaskInstance[] {
    return this.world.instances.filter(
      (row) =>
        row.dag_id === dagId &&
        row.dag_run_id === runId &&
        (row.state === 'failed' || row.state === 'upstream_failed'),
    );
  }

  #run(dagId: string, runId: string): FakeRun | undefined {
    return this.world.runs.find((run) => run.dag_id === dagId && run.dag_run_id === runId);
  }

  #one([root, id, runs, runId, list]: readonly string[], query: URLSearchParams): FakeAnswer | null {
    if (root === 'pools') return found(this.world.pools.find(({ name }) => name === id));
    if (root !== 'dags') return null;
    if (runs === undefined) return found(this.world.dags.find(({ dag_id }) => dag_id === id));
    const run = this.#run(id!, runId!);
    if (run === undefined) return null;
    if (list === undefined) return found({ ...run, note: this.notes.get(run.dag_run_id) ?? null });
    const limit = Number(query.get('limit'));
    const failed = this.failedIn(id!, runId!);
    return found({ task_instances: failed.slice(0, limit), total_entries: failed.length });
  }

  #change([root, id, what, runId]: readonly string[], body: Row, isDry: boolean): FakeAnswer | null {
    const { world } = this;
    if (root === 'pools') {
      const pool = world.pools.find(({ name }) => name === id);
      if (pool === undefined) return null;
      if (id !== 'default_pool' && !('include_deferred' in body && 'pool' in body))
        return { status: 422, answer: { detail: 'pool and include_deferred are required' } };
      pool['slots'] = body['slots'];
      return found(pool);
    }
    const dag = world.dags.find(({ dag_id }) => dag_id === id);
    if (root !== 'dags' || dag === undefined) return null;
    if (what === undefined) {
      dag.is_paused = body['is_paused'] as boolean;
      return found(dag);
    }
    if (what === 'clearTaskInstances') {
      const failed = this.failedIn(id!, body['dag_run_id'] as string);
      const told = failed.map(({ task_id, map_index }) => ({ task_id, map_index }));
      if (!isDry) {
        for (const row of failed) row.state = null;
        this.#run(id!, body['dag_run_id'] as string)!.state = 'queued';
      }
      return found({ task_instances: told, total_entries: told.length });
    }
    if (runId !== undefined) {
      this.notes.set(runId, body['note'] as string);
      return found({});
    }
    if (!('logical_date' in body)) return { status: 422, answer: { detail: 'logical_date is required' } };
    const newId = body['dag_run_id'] as string;
    if (this.#run(id!, newId) !== undefined) return { status: 409, answer: { detail: 'DAGRun exists' } };
    world.runs.push({ ...world.runs[0]!, dag_id: id!, dag_run_id: newId, state: 'queued' });
    return found({ dag_run_id: newId });
  }
}

function found(answer: object | undefined): FakeAnswer | null {
  return answer === undefined ? null : { status: 200, answer };
}

function notFound(path: string): FakeAnswer {
  return { status: 404, answer: { detail: `not found: ${path}` } };
}
