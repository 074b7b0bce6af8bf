import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { connect } from '../../core/database/pool.js';
import { silentLogger } from '../../core/logger.js';
import { until } from './until.js';

const SCRIPTS = join(import.meta.dirname, 'airflow');

const token = z.object({ access_token: z.string() });
const run = z.object({ dag_run_id: z.string() });
const counted = z.object({ total_entries: z.number() });

/** Requests made of an Airflow whose transactions deadlock. */
const DEADLOCK_ATTEMPTS = 5;

/** A real Airflow of its own for the collector's test, driven as a person would: triggers, clearings, marks. */
export class CollectorAirflow {
  readonly port: number;
  readonly metadataUrl: string;
  readonly #environment: NodeJS.ProcessEnv;
  readonly #state: string;
  #isAirflow2: boolean;
  #login = '';

  /**
   * @param version of Airflow, such as 2.11.0; default that of `settings.sh`
   * @param dags folder beside this file, and how many DAGs it holds
   */
  constructor(
    port: number,
    postgresPort: number,
    version?: string,
    dags: { readonly folder: string; readonly count: number } = { folder: 'collector-dags', count: 8 },
  ) {
    this.port = port;
    this.#isAirflow2 = version?.startsWith('2.') === true;
    this.#state = `/var/tmp/orc-airflow-${port}`;
    this.metadataUrl = `postgresql://airflow:airflow@127.0.0.1:${postgresPort}/airflow`;
    this.#environment = {
      ...process.env,
      ORC_AIRFLOW_PORT: String(port),
      ORC_AIRFLOW_PG_PORT: String(postgresPort),
      ORC_AIRFLOW_STATSD_PORT: String(port + 45),
      ORC_AIRFLOW_STATE: this.#state,
      ORC_AIRFLOW_DAGS: join(import.meta.dirname, dags.folder),
      ORC_AIRFLOW_MIN_DAGS: String(dags.count),
      ...(version === undefined ? {} : { ORC_AIRFLOW_VERSION: version }),
    };
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async start(): Promise<void> {
    this.#script('install.sh');
    this.#script('airflow.sh', 'start');
    await this.#logIn();
  }

  /** Puts the Airflow 3 of `settings.sh` in the place of an Airflow 2, with its database. */
  async upgrade(): Promise<void> {
    delete this.#environment['ORC_AIRFLOW_VERSION'];
    this.#isAirflow2 = false;
    this.#script('install.sh');
    this.#script('airflow.sh', 'upgrade');
    await this.#logIn();
  }

  async #logIn(): Promise<void> {
    this.#login = this.#isAirflow2
      ? `Basic ${Buffer.from('admin:admin').toString('base64')}`
      : `Bearer ${await this.#adminToken()}`;
  }

  async #adminToken(): Promise<string> {
    const answer = await fetch(`${this.url}/auth/token`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ username: 'admin', password: 'admin' }),
    });
    return token.parse(await answer.json()).access_token;
  }

  get #api(): string {
    return `${this.url}/api/${this.#isAirflow2 ? 'v1' : 'v2'}`;
  }

  get #apiServer(): string {
    return this.#isAirflow2 ? 'webserver' : 'api-server';
  }

  /** Another database on the server of Airflow's own. */
  async createDatabase(name: string): Promise<void> {
    const admin = await connect(this.metadataUrl, { logger: silentLogger(), applicationName: 'orc test' });
    try {
      await admin.execute(`CREATE DATABASE ${name}`);
    } finally {
      await admin.close();
    }
  }

  stop(): void {
    this.#script('airflow.sh', 'stop');
  }

  /**
   * Ends the API server (of Airflow 2: the web server) and starts another one, as an upgrade or a crash does; returns when it answers.
   * @param settings environment variables that it gets beside its own
   */
  async restartApiServer(
    awaySeconds: number,
    settings: Readonly<Record<string, string>> = {},
  ): Promise<void> {
    const pidFile = join(this.#state, 'pids', this.#apiServer);
    process.kill(-Number.parseInt(readFileSync(pidFile, 'utf8'), 10), 'SIGTERM');
    await sleep(awaySeconds * 1000);
    const exports = Object.entries(settings)
      .map(([name, value]) => `export ${name}='${value}';`)
      .join(' ');
    const command = `. '${join(this.#state, 'env')}'; ${exports} exec "$0" ${this.#apiServer} >>'${join(this.#state, 'logs', `${this.#apiServer}.log`)}' 2>&1`;
    const venv = execFileSync(
      'bash',
      ['-c', `source '${join(SCRIPTS, 'settings.sh')}'; echo "$ORC_AIRFLOW_VENV"`],
      {
        env: this.#environment,
        encoding: 'utf8',
      },
    ).trim();
    const server: ChildProcess = spawn('bash', ['-c', command, join(venv, 'bin', 'airflow')], {
      env: { ...this.#environment, PATH: `${join(venv, 'bin')}:${process.env['PATH'] ?? ''}` },
      detached: true,
      stdio: 'ignore',
    });
    server.unref();
    writeFileSync(pidFile, `${server.pid!}\n`);
    await until(() => this.#isUp(), 120, 'the API server answers again');
    await this.#logIn();
  }

  /** Runs commands of Airflow's administrator, in a shell where `airflow` is this Airflow's. */
  administer(commands: string): void {
    const settings = join(SCRIPTS, 'settings.sh');
    const script = `source '${settings}'; PATH="$ORC_AIRFLOW_VENV/bin:$PATH"; source '${join(this.#state, 'env')}'\n${commands}`;
    execFileSync('bash', ['-ec', script], { env: this.#environment, stdio: 'pipe' });
  }

  /** Until an asset was written. */
  async untilAssetEvent(): Promise<void> {
    const path = `${this.#isAirflow2 ? '/datasets' : '/assets'}/events?limit=1`;
    await until(
      async () => counted.parse(await this.#call('GET', path)).total_entries > 0,
      400,
      'an asset was written',
    );
  }

  async trigger(dagId: string): Promise<string> {
    const body = this.#isAirflow2 ? {} : { logical_date: null };
    const answer = await this.#call('POST', `/dags/${dagId}/dagRuns`, body);
    return run.parse(answer).dag_run_id;
  }

  async createPool(name: string, slots: number): Promise<void> {
    await this.#call('POST', '/pools', {
      name,
      slots,
      description: 'made by a test',
      include_deferred: true,
    });
  }

  async deletePool(name: string): Promise<void> {
    await this.#call('DELETE', `/pools/${name}`);
  }

  async clear(dagId: string, runId: string, taskIds: readonly string[] | null): Promise<void> {
    const tasks = taskIds === null ? {} : { task_ids: taskIds, include_downstream: true };
    const body = { dry_run: false, only_failed: false, reset_dag_runs: true, dag_run_id: runId, ...tasks };
    await this.#call('POST', `/dags/${dagId}/clearTaskInstances`, body);
  }

  async markRun(dagId: string, runId: string, state: string): Promise<void> {
    await this.#call('PATCH', `/dags/${dagId}/dagRuns/${encodeURIComponent(runId)}`, { state });
  }

  async deleteDag(dagId: string): Promise<void> {
    await this.#call('DELETE', `/dags/${dagId}`);
  }

  async hasDag(dagId: string): Promise<boolean> {
    const answer = await fetch(`${this.#api}/dags/${dagId}`, { headers: { authorization: this.#login } });
    return answer.ok;
  }

  async setPaused(isPaused: boolean): Promise<void> {
    for (const dagId of ['retry.dots', 'branches', 'waits', 'produce', 'consume']) {
      await this.#call('PATCH', `/dags/${dagId}`, { is_paused: isPaused });
    }
  }

  /** Until a task instance is in this state. */
  async untilTask(dagId: string, runId: string, taskId: string, state: string): Promise<void> {
    const path = `/dags/${dagId}/dagRuns/${encodeURIComponent(runId)}/taskInstances/${taskId}`;
    const answer = z.object({ state: z.string().nullable() });
    await until(
      async () => answer.parse(await this.#call('GET', path)).state === state,
      180,
      `${taskId} is ${state}`,
    );
  }

  /** Pauses the schedules and ends what is still active: a paused DAG starts nothing, and its runs would wait for ever. */
  async settle(): Promise<void> {
    await this.setPaused(true);
    await sleep(10_000);
    await until(async () => (await this.#endActiveRuns()) === 0, 120, 'no DAG run is active');
    // Tasks of runs that were marked end a little later than their runs.
    await until(async () => (await this.#countActiveTasks()) === 0, 120, 'no task is active');
  }

  async #endActiveRuns(): Promise<number> {
    const answer = z.object({ dag_runs: z.array(run.extend({ dag_id: z.string() })) });
    const path = '/dags/~/dagRuns?state=queued&state=running&limit=100';
    const { dag_runs: active } = answer.parse(await this.#call('GET', path));
    for (const { dag_id, dag_run_id } of active) await this.markRun(dag_id, dag_run_id, 'failed');
    return active.length;
  }

  async #countActiveTasks(): Promise<number> {
    const states = ['scheduled', 'queued', 'running', 'restarting', 'deferred'].map(
      (state) => `state=${state}`,
    );
    const path = `/dags/~/dagRuns/~/taskInstances?limit=1&${states.join('&')}`;
    return counted.parse(await this.#call('GET', path)).total_entries;
  }

  async #call(method: string, path: string, body?: unknown): Promise<unknown> {
    for (let attempt = 1; ; attempt++) {
      const answer = await fetch(`${this.#api}${path}`, {
        method,
        headers: { authorization: this.#login, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      if (answer.ok) return answer.status === 204 ? null : answer.json();
      const text = await answer.text();
      // The scheduler and the API server of Airflow deadlock now and then; PostgreSQL undoes the request whole.
      if (answer.status !== 500 || attempt === DEADLOCK_ATTEMPTS)
        throw new Error(`${method} ${path}: ${answer.status} ${text}`);
      await sleep(500);
    }
  }

  async #isUp(): Promise<boolean> {
    try {
      return (await fetch(`${this.#api}/version`)).ok;
    } catch {
      return false;
    }
  }

  #script(name: string, ...args: string[]): void {
    execFileSync(join(SCRIPTS, name), args, {
      env: this.#environment,
      stdio: ['ignore', 'inherit', 'inherit'],
    });
  }
}
