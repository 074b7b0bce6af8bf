/** `orc up` with a user of Airflow that may act, in a store that can be looked into while it runs. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { listActions, type LedgerAction } from '../../actions/index.js';
import { connect } from '../../core/database/pool.js';
import type { Database } from '../../core/database/port.js';
import { silentLogger } from '../../core/logger.js';
import { BIN, runOrc } from '../support/orc.js';
import { freePort, until } from './prometheus/prometheus.js';

/** Past incidents that make the case for acting: what was treated ended well, what was held out did not. */
const EVIDENCE = `
  INSERT INTO action (deployment, dag_id, pool, incident, kind, cause, mode, arm, treated_probability, drawn_at, state, reason, request,
    due_at, decided_by, changed_at, run_failed, delay_minutes, judged_at)
  SELECT 'stack', CASE kind WHEN 'retry' THEN 'past' END, CASE kind WHEN 'resize_pool' THEN 'past' END, arm || n, kind,
    'transient_infrastructure', 'approve', arm, 0.5, now() - interval '2 days', 'done', 'made up', '{}', now(), 'ada', now(),
    arm = 'held_out', CASE arm WHEN 'held_out' THEN 90 + n ELSE n END, now()
  FROM unnest(ARRAY['retry', 'resize_pool']) AS kind, unnest(ARRAY['treated', 'held_out']) AS arm, generate_series(1, 20) AS n`;

export interface ActingOptions {
  readonly directory: string;
  /** Of an empty database. */
  readonly databaseUrl: string;
  readonly airflowUrl: string;
  readonly actions: object;
  readonly notifications?: object;
}

export class ActingOrc {
  readonly #config: string;
  readonly #dataDir: string;
  readonly #running: ChildProcess[] = [];

  private constructor(
    options: ActingOptions,
    readonly store: Database,
  ) {
    this.#config = join(options.directory, 'acting.yaml');
    this.#dataDir = join(options.directory, 'data');
    const user = { username: 'admin', password: 'admin' };
    writeFileSync(
      this.#config,
      JSON.stringify({
        log_level: 'warn',
        database_url: options.databaseUrl,
        server: { port: 0 },
        deployments: [
          {
            ...{ name: 'stack', url: options.airflowUrl, username: 'viewer', password: 'viewer' },
            ...{ acting: user, poll_interval_seconds: 2 },
          },
        ],
        actions: options.actions,
        notifications: options.notifications ?? {},
      }),
    );
  }

  static async start(options: ActingOptions): Promise<ActingOrc> {
    const store = await connect(options.databaseUrl, { logger: silentLogger(), applicationName: 'orc test' });
    const orc = new ActingOrc(options, store);
    await orc.run('actions', 'list');
    await store.execute(EVIDENCE);
    return orc;
  }

  /** Runs a command, and returns what it printed; rejects when it fails. */
  async run(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await runOrc([...args, ...this.#options]);
    if (code !== 0) throw new Error(`orc ${args.join(' ')}: ${stderr}`);
    return stdout;
  }

  get #options(): string[] {
    return ['--config', this.#config, '--data-dir', this.#dataDir];
  }

  /** One more process; returns its address once it serves. */
  async up(): Promise<string> {
    const port = await freePort();
    const child = spawn(process.execPath, [BIN, 'up', '--port', String(port), ...this.#options], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    this.#running.push(child);
    const address = `http://127.0.0.1:${port}`;
    await until(async () => (await fetch(`${address}/-/healthy`)).ok, 120_000, 'orc serves');
    return address;
  }

  /** Ends every process, as a power cut (SIGKILL) or an administrator (SIGTERM) does. */
  async kill(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    for (const child of this.#running.splice(0)) {
      const exited = once(child, 'exit');
      child.kill(signal);
      await exited;
    }
  }

  /** Actions about a run or a pool, the oldest first. */
  async ledger(subject: string): Promise<LedgerAction[]> {
    const all = await listActions(this.store, { limit: 1000 });
    return all.filter(({ runId, pool }) => runId === subject || pool === subject).reverse();
  }

  async untilAction(subject: string, state: string, seconds = 120): Promise<void> {
    const isThere = async (): Promise<boolean> =>
      (await this.ledger(subject)).some((row) => row.state === state);
    await until(isThere, seconds * 1000, `an action on ${subject} is ${state}`);
  }

  async stop(): Promise<void> {
    await this.kill('SIGTERM');
    await this.store.close();
  }
}
