import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface FakeAirflow {
  readonly url: string;
  /** `performance.now()` at which the failed tasks of a DAG's run were cleared; resolves once they are. */
  cleared(dagId: string): Promise<number>;
  close(): Promise<void>;
}

const DAG_RUN = /^\/api\/v2\/dags\/([^/]+)\/dagRuns\/([^/]+)(\/taskInstances)?$/;
const CLEAR = /^\/api\/v2\/dags\/([^/]+)\/clearTaskInstances$/;

/** As much of REST API v2 as a retry asks for: every DAG has one run with one failed task. */
export async function startFakeAirflow(): Promise<FakeAirflow> {
  const clearedAt = new Map<string, number>();
  const waiting = new Map<string, (at: number) => void>();
  const task = { task_id: 'extract', map_index: -1, try_number: 1, state: 'failed' };

  function answer(path: string, body: string, response: ServerResponse): void {
    const say = (value: unknown): void => {
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value));
    };
    if (path === '/api/v2/version') {
      say({ version: '3.2.1', git_version: null });
      return;
    }
    const clearing = CLEAR.exec(path)?.[1];
    if (clearing !== undefined) {
      if (!(JSON.parse(body) as { dry_run: boolean }).dry_run) {
        const at = performance.now();
        clearedAt.set(clearing, at);
        waiting.get(clearing)?.(at);
      }
      say({ task_instances: [task], total_entries: 1 });
      return;
    }
    const [, dagId, , instances] = DAG_RUN.exec(path) ?? [];
    if (dagId === undefined) {
      say({ is_paused: false, is_stale: false });
      return;
    }
    const isFailed = !clearedAt.has(dagId);
    if (instances === undefined)
      say({ state: isFailed ? 'failed' : 'queued', note: null, end_date: new Date().toISOString() });
    else say({ task_instances: isFailed ? [task] : [], total_entries: isFailed ? 1 : 0 });
  }

  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      answer(request.url!.split('?')[0]!, Buffer.concat(chunks).toString('utf8'), response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cleared: (dagId) =>
      new Promise((resolve) => {
        const at = clearedAt.get(dagId);
        if (at === undefined) waiting.set(dagId, resolve);
        else resolve(at);
      }),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
