import type { IncomingMessage } from 'node:http';
import type { FakeAnswer, FakeRequest } from '../../collector/airflow/fake-airflow.js';
import { FakeAirflow2 } from '../../collector/airflow/v1/fake-airflow-2.js';
import type { AskedChange } from './writable-airflow.js';

/** The part of REST API v1 that actions use, over one failed run. Basic authentication is checked by the parent. */
export class WritableAirflow2 extends FakeAirflow2 {
  readonly changes: AskedChange[] = [];
  readonly pool = { name: 'etl', slots: 4, include_deferred: false };

  protected override route(request: FakeRequest, message: IncomingMessage, text: string): FakeAnswer {
    const known = super.route(request, message, text);
    const { method, path } = request;
    // The parent knows lists only, and their parameters: it refuses `update_mask`.
    if (known.status !== 404 && !(method === 'PATCH' && known.status === 400)) return known;
    const body = text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
    if (method !== 'GET' && body['dry_run'] !== true) this.changes.push({ line: `${method} ${path}`, body });
    const dag = this.world.dags[0]!;
    const run = this.world.runs[0]!;
    const base = `/api/v1/dags/${dag.dag_id}`;
    if (path === base) {
      if (method === 'PATCH') dag.is_paused = body['is_paused'] as boolean;
      return ok({ dag_id: dag.dag_id, is_paused: dag.is_paused, is_active: true });
    }
    if (path === '/api/v1/pools/etl') {
      if (method === 'PATCH') this.pool.slots = body['slots'] as number;
      return ok(this.pool);
    }
    if (path === `${base}/dagRuns/${run.dag_run_id}`) return ok({ state: run.state, note: null });
    if (path === `${base}/clearTaskInstances`) return this.#clear(body);
    return known;
  }

  /** v1 tells no map index. Without `reset_dag_runs` the run stays failed. */
  #clear(body: Record<string, unknown>): FakeAnswer {
    const failed = this.world.instances.filter(({ state }) => state === 'failed');
    const told = failed.map(({ task_id, dag_run_id }) => ({ task_id, dag_run_id }));
    if (body['dry_run'] === false) {
      for (const row of failed) row.state = 'scheduled';
      if (body['reset_dag_runs'] === true) this.world.runs[0]!.state = 'queued';
    }
    return ok({ task_instances: told });
  }
}

function ok(answer: unknown): FakeAnswer {
  return { status: 200, answer };
}
