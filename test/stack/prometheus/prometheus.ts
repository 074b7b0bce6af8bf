import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface PrometheusSample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [number, string];
}

export interface PrometheusSeries {
  readonly metric: Readonly<Record<string, string>>;
  readonly values: readonly (readonly [number, string])[];
}

export interface PrometheusOptions {
  /** Further targets, each host:port. */
  readonly also?: readonly string[];
  /** File of samples with times (OpenMetrics) that it knows from the start. */
  readonly history?: string;
  /** Rules that it evaluates every second, and who is told of their alerts. */
  readonly alerting?: {
    /** Paths, which may end in a pattern. */
    readonly ruleFiles: readonly string[];
    /** host:port */
    readonly alertmanager: string;
  };
}

export interface Prometheus {
  /** Result of a query over a span; Unix seconds. */
  queryRange(
    expression: string,
    from: number,
    until: number,
    stepSeconds: number,
  ): Promise<PrometheusSeries[]>;
  /** Result of an instant query. */
  query(expression: string): Promise<PrometheusSample[]>;
  stop(): Promise<void>;
}

/** Installs Prometheus where it is missing, and starts one that scrapes `target` (host:port) every second. */
export async function startPrometheus(
  target: string,
  { also = [], history, alerting }: PrometheusOptions = {},
): Promise<Prometheus> {
  execFileSync(join(import.meta.dirname, 'install.sh'), { stdio: 'inherit' });
  const directory = mkdtempSync(join(tmpdir(), 'orc-prometheus-'));
  const port = await freePort();
  const config = join(directory, 'prometheus.yml');
  const scrape = { job_name: 'orc', scrape_interval: '1s', static_configs: [{ targets: [target, ...also] }] };
  const alerts = alerting && {
    global: { evaluation_interval: '1s' },
    rule_files: alerting.ruleFiles,
    alerting: { alertmanagers: [{ static_configs: [{ targets: [alerting.alertmanager] }] }] },
  };
  writeFileSync(config, JSON.stringify({ scrape_configs: [scrape], ...alerts }));
  if (history !== undefined) {
    const data = join(directory, 'data');
    execFileSync(
      'promtool',
      ['tsdb', 'create-blocks-from', '--max-block-duration=1440h', 'openmetrics', history, data],
      { stdio: 'pipe' },
    );
  }
  const server = spawn(
    'prometheus',
    [
      `--config.file=${config}`,
      `--storage.tsdb.path=${join(directory, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    { stdio: 'ignore' },
  );
  const exited = new Promise<void>((resolve) =>
    server.once('exit', () => {
      resolve();
    }),
  );
  const base = `http://127.0.0.1:${port}`;
  await until(async () => (await fetch(`${base}/-/ready`)).ok, 60_000, 'Prometheus is ready');
  const ask = async <T>(path: string, parameters: Record<string, string>): Promise<T[]> => {
    const answer = await fetch(`${base}/api/v1/${path}?${new URLSearchParams(parameters).toString()}`);
    const body = (await answer.json()) as { status: string; data: { result: T[] } };
    if (body.status !== 'success')
      throw new Error(`Prometheus refused ${parameters['query']!}: ${JSON.stringify(body)}`);
    return body.data.result;
  };
  return {
    query: (query) => ask<PrometheusSample>('query', { query }),
    queryRange: (query, from, until, step) =>
      ask<PrometheusSeries>('query_range', {
        query,
        start: String(from),
        end: String(until),
        step: String(step),
      }),
    stop: async () => {
      server.kill('SIGTERM');
      await exited;
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** What `promtool check metrics` says of an exposition; empty when it is content. */
export function promtoolCheckMetrics(exposition: string): string {
  const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], {
    input: exposition,
    encoding: 'utf8',
  });
  const said = `${stdout}${stderr}`.trim();
  return status === 0 ? said : `exit ${status ?? 'by signal'}: ${said}`;
}

/** Asks again until the condition holds. @throws Error that names the condition when `timeoutMs` has passed, and what was seen last. */
export async function until(
  condition: () => Promise<boolean>,
  timeoutMs: number,
  what: string,
  seen: () => unknown = () => null,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  let last: unknown;
  while (Date.now() < deadline) {
    try {
      if (await condition()) return;
    } catch (error) {
      last = error;
    }
    await sleep(250);
  }
  const instead = seen();
  const found = instead === null ? '' : `; instead: ${JSON.stringify(instead)}`;
  throw new Error(`not within ${timeoutMs / 1000} s: ${what}${found}`, { cause: last });
}

/** A TCP port on loopback that nothing listens on now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => {
        if (address !== null && typeof address === 'object') resolve(address.port);
        else reject(new Error('no port'));
      });
    });
  });
}
