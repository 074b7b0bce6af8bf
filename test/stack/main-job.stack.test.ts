import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect } from '../../core/database/pool.js';
import { silentLogger } from '../../core/logger.js';
import { BIN, checksOf, runOrc } from '../support/orc.js';
import { expectEqualTables, withStore } from './store.js';
import {
  freePort,
  promtoolCheckMetrics,
  startPrometheus,
  until,
  type Prometheus,
} from './prometheus/prometheus.js';

const SCRIPTS = join(import.meta.dirname, 'airflow');
const PORT = 18_880;
const PG_PORT = 16_239;
const AIRFLOW = {
  ...process.env,
  ORC_AIRFLOW_PORT: String(PORT),
  ORC_AIRFLOW_PG_PORT: String(PG_PORT),
  ORC_AIRFLOW_STATSD_PORT: '18925',
  ORC_AIRFLOW_PARALLELISM: '8',
  ORC_PACK_EPOCH: new Date(Date.now() + 60_000).toISOString(),
  ORC_PACK_FACTOR: '1080',
};
const RUN_MS = 120_000;
const METADATA_URL = `postgresql://airflow:airflow@127.0.0.1:${PG_PORT}/airflow`;
const directory = mkdtempSync(join(tmpdir(), 'orc-main-job-'));
const dataDir = join(directory, 'data');
const config = join(directory, 'orc.yaml');

const airflow = (...args: string[]): void => {
  execFileSync(join(SCRIPTS, 'airflow.sh'), args, { env: AIRFLOW, stdio: ['ignore', 'inherit', 'inherit'] });
};
const orc = (...args: string[]) => runOrc([...args, '--config', config, '--data-dir', dataDir]);

/** Pauses every DAG and waits until nothing runs any more. */
async function settleAirflow(): Promise<void> {
  const base = `http://127.0.0.1:${PORT}`;
  const token = await adminToken();
  const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' };
  await fetch(`${base}/api/v2/dags?dag_id_pattern=%25`, {
    method: 'PATCH',
    headers,
    body: '{"is_paused": true}',
  });
  const active = async (): Promise<number> => {
    let total = 0;
    for (const state of ['queued', 'running']) {
      const runs = await fetch(`${base}/api/v2/dags/~/dagRuns?state=${state}&limit=100`, { headers });
      const { dag_runs: list } = (await runs.json()) as {
        dag_runs: { dag_id: string; dag_run_id: string }[];
      };
      total += list.length;
      for (const { dag_id, dag_run_id } of list) {
        const path = `/api/v2/dags/${encodeURIComponent(dag_id)}/dagRuns/${encodeURIComponent(dag_run_id)}`;
        await fetch(`${base}${path}`, { method: 'PATCH', headers, body: '{"state": "failed"}' });
      }
    }
    return total;
  };
  await until(async () => (await active()) === 0, 120_000, 'no DAG run is active');
  const metadata = await connect(METADATA_URL, { logger: silentLogger(), applicationName: 'orc test' });
  await until(
    async () => {
      const sql = `SELECT count(*)::int AS n FROM task_instance WHERE state IN ('queued', 'running', 'restarting', 'deferred')`;
      return (await metadata.query<{ n: number }>(sql))[0]!.n === 0;
    },
    120_000,
    'no task is active',
  );
  await metadata.close();
}

beforeAll(async () => {
  execFileSync(join(SCRIPTS, 'install.sh'), { env: AIRFLOW, stdio: ['ignore', 'inherit', 'inherit'] });
  airflow('start');
  await sleep(RUN_MS);
  await settleAirflow();
  const deployment = {
    name: 'stack',
    url: `http://127.0.0.1:${PORT}`,
    username: 'viewer',
    password: 'viewer',
    page_size: 20,
  };
  writeFileSync(
    config,
    JSON.stringify({
      log_level: 'warn',
      server: { port: 0 },
      deployments: [{ ...deployment, poll_interval_seconds: 5 }],
    }),
  );
});

afterAll(() => {
  airflow('stop');
  rmSync(directory, { recursive: true, force: true });
});

describe('the main job on a real Airflow', () => {
  it('passes `orc check` as a viewer', async () => {
    const checked = await orc('check', '--json');
    const failed = checksOf(checked.stdout).filter(({ status }) => status === 'failed');
    expect({ failed, code: checked.code }, checked.stderr).toEqual({ failed: [], code: 0 });
    expect(checksOf(checked.stdout)).toContainEqual(
      expect.objectContaining({ name: 'read_tries', status: 'ok' }),
    );
  });

  it('collects the history of the DAG pack, equal to the tables of Airflow row for row', async () => {
    const collected = await orc('collect', '--json');
    expect(collected.code, collected.stderr).toBe(0);
    await withStore(dataDir, (database) => expectEqualTables(database, 'stack', METADATA_URL));
  });

  it('trains on it', async () => {
    const { code, stdout, stderr } = await orc('train', '--json');
    expect(code, stderr).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ role: 'champion' });
  });

  describe('serves it to a real Prometheus', () => {
    let prometheus: Prometheus;
    let up: ChildProcess;
    let target: string;

    beforeAll(async () => {
      // Paused DAGs are not scored.
      const token = await adminToken();
      await fetch(`http://127.0.0.1:${PORT}/api/v2/dags?dag_id_pattern=%25`, {
        method: 'PATCH',
        headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
        body: '{"is_paused": false}',
      });
      const port = await freePort();
      target = `127.0.0.1:${port}`;
      const args = [BIN, 'up', '--config', config, '--data-dir', dataDir, '--port', String(port)];
      up = spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit'] });
      await until(async () => (await fetch(`http://${target}/-/ready`)).ok, 120_000, 'orc is ready');
      prometheus = await startPrometheus(target);
    });

    afterAll(async () => {
      await prometheus.stop();
      const exited = new Promise<number | null>((resolve) => up.once('exit', resolve));
      up.kill('SIGTERM');
      expect(await exited).toBe(0);
    });

    it('answers queries on the risk metrics', async () => {
      await until(
        async () => (await prometheus.query('orc_dag_failure_risk_ratio')).length > 5,
        60_000,
        'risks are scraped',
      );
      const outside = await prometheus.query(
        'orc_dag_failure_risk_ratio < 0 or orc_dag_failure_risk_ratio > 1',
      );
      expect(outside).toEqual([]);
      const tasks = await prometheus.query('count(orc_task_failure_risk_ratio)');
      expect(Number(tasks[0]!.value[1])).toBeGreaterThan(10);
      const age = await prometheus.query('time() - orc_score_timestamp_seconds');
      expect(Number(age[0]!.value[1])).toBeLessThan(60);
      const top = await prometheus.query('topk(3, orc_dag_failure_risk_ratio)');
      console.table(top.map(({ metric, value }) => ({ dag_id: metric['dag_id'], risk: value[1] })));
      const labels = top.flatMap(({ metric }) => Object.keys(metric));
      expect(labels).not.toContain('run_id');
    });

    it('collects on, and counts it', async () => {
      await until(
        async () => (await prometheus.query('orc_collector_rows_total > 0')).length > 0,
        90_000,
        'rows are collected',
      );
      const errors = await prometheus.query('orc_collector_errors_total');
      expect(errors.map(({ value }) => value[1])).toEqual(['0']);
    });

    it('writes metrics that promtool has nothing to say about', async () => {
      const exposition = await (await fetch(`http://${target}/metrics`)).text();
      expect(promtoolCheckMetrics(exposition)).toBe('');
    });
  });
});

async function adminToken(): Promise<string> {
  const answer = await fetch(`http://127.0.0.1:${PORT}/auth/token`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ username: 'admin', password: 'admin' }),
  });
  return ((await answer.json()) as { access_token: string }).access_token;
}
