/** `orc demo` as a new user starts it: no configuration, an empty data directory, a port of its own. Then `orc up` on what it has left. */
import { spawn, type ChildProcess } from 'node:child_process';
import { chmod, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { risksSchema } from '../../serving/http/schemas.js';
import { SlackServer, TOKEN } from '../alerts/slack-server.js';
import { delivery } from '../alerts/sketches.js';
import { BIN, runOrc } from '../support/orc.js';

/** A command that serves until it is stopped. */
class Serving {
  output = '';
  errors = '';
  readonly ended: Promise<number | null>;
  readonly #child: ChildProcess;

  constructor(...args: readonly string[]) {
    this.#child = spawn(process.execPath, [BIN, ...args, '--port', '0'], {
      cwd: home,
      env: { PATH: process.env['PATH'] ?? '', HOME: home },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child.stdout!.setEncoding('utf8').on('data', (text: string) => (this.output += text));
    this.#child.stderr!.setEncoding('utf8').on('data', (text: string) => (this.errors += text));
    this.ended = new Promise((resolve) => this.#child.once('close', resolve));
  }

  /** The first group of what it prints, once it has. */
  async said(pattern: RegExp): Promise<string> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const found = pattern.exec(this.output);
        if (found !== null) resolve(found[1]!);
      };
      this.#child.stdout!.on('data', look);
      void this.ended.then((code) => {
        reject(new Error(`it ended with ${code}: ${this.output}${this.errors}`));
      });
      look();
    });
  }

  stop(signal: 'SIGINT' | 'SIGKILL'): void {
    this.#child.kill(signal);
  }
}

let home: string;
let dataDir: string;
let slack: SlackServer;
const started: Serving[] = [];

function serve(...args: readonly string[]): Serving {
  const serving = new Serving(...args);
  started.push(serving);
  return serving;
}

beforeAll(async () => {
  slack = await SlackServer.start();
  home = await mkdtemp(join(tmpdir(), 'orc-ai-demo-'));
  dataDir = join(home, '.local/share/orc-ai/demo');
  // As root the database's server runs as another user, who must be able to enter.
  await chmod(home, 0o755);
});
afterAll(async () => {
  for (const serving of started) serving.stop('SIGKILL');
  await slack.close();
  await rm(home, { recursive: true, force: true });
});

it('loads, backtests, trains, replays and serves; Ctrl-C ends it with its database', async () => {
  const demo = serve('demo');
  await demo.said(/(Ctrl-C stops)/);
  expect(demo.errors).toBe('');
  expect(demo.output).toMatch(
    /29 DAGs, 10823 tries[\s\S]*loaded[\s\S]*backtest[\s\S]*trained[\s\S]*replayed/,
  );
  const address = await demo.said(/Open (http:\/\/127\.0\.0\.1:\d+)/);

  const { dags, total } = risksSchema.parse(await (await fetch(`${address}/api/v1/risks`)).json());
  expect(total).toBe(29);
  expect(new Set(dags.map(({ risk }) => risk)).size).toBeGreaterThan(10);
  expect(dags.slice(0, 5).every(({ usual_risk }) => usual_risk !== null)).toBe(true);
  const metrics = await (await fetch(`${address}/metrics`)).text();
  expect(metrics.match(/^orc_dag_failure_risk_ratio\{/gm)).toHaveLength(29);
  expect(metrics).toContain(`orc_dag_failure_risk_ratio{deployment="platform",dag_id="${dags[0]!.dag_id}"}`);
  const page = await (await fetch(address)).text();
  expect(page).toContain('Riskiest DAGs now');
  expect(page).toContain(`>${dags[0]!.dag_id}</a>`);

  const second = await runOrc(['demo', '--port', '0'], { HOME: home });
  expect(second.code).toBe(1);
  expect(second.stderr).toMatch(/Another demo uses .*demo[\s\S]*--data-dir/);
  expect((await fetch(`${address}/api/v1/risks`)).status).toBe(200);

  const lockFile = join(dataDir, 'postgresql/data/postmaster.pid');
  expect((await stat(lockFile)).isFile()).toBe(true);
  demo.stop('SIGINT');
  expect(await demo.ended).toBe(0);
  await expect(stat(lockFile)).rejects.toMatchObject({ code: 'ENOENT' });
}, 600_000);

it('a delivery of Alertmanager becomes a message in Slack that says why the riskiest DAG is at risk', async () => {
  const config = join(home, 'orc.yaml');
  await writeFile(join(home, 'slack-token'), `${TOKEN}\n`);
  const channel = {
    token_file: join(home, 'slack-token'),
    channel: '#data-alerts',
    api_url: slack.url,
  };
  await writeFile(config, JSON.stringify({ notifications: { slack: channel } }));
  const up = serve('up', '--config', config, '--data-dir', dataDir);
  const address = await up.said(/(http:\/\/127\.0\.0\.1:\d+)/);
  const risks = async () => risksSchema.parse(await (await fetch(`${address}/api/v1/risks`)).json()).dags;
  await expect.poll(async () => (await risks()).length, { timeout: 60_000 }).toBe(29);
  const dag = (await risks()).find(({ reasons }) => reasons.length > 0)!;

  const made = await runOrc([
    ...['tokens', 'create', 'alertmanager', '--role', 'operator', '--data-dir', dataDir],
  ]);
  expect(made).toMatchObject({ code: 0 });
  const send = (): Promise<Response> =>
    fetch(`${address}/api/v1/alerts`, {
      method: 'POST',
      headers: { authorization: `Bearer ${made.stdout.trim()}`, 'content-type': 'application/json' },
      body: JSON.stringify(delivery({ dagId: dag.dag_id, labels: { deployment: dag.deployment } })),
    });
  expect(await (await send()).json()).toMatchObject({ alerts: [{ decision: 'new' }] });
  expect(await (await send()).json()).toMatchObject({ alerts: [{ decision: 'repeated' }] });

  await expect.poll(() => slack.replies.length, { timeout: 60_000 }).toBeGreaterThan(0);
  expect(slack.roots).toHaveLength(1);
  const { text, blocks } = slack.roots[0]!;
  expect(text).toContain(`\`${dag.dag_id}\` is at risk of failing`);
  expect(blocks).toContain('Risk of failure');
  expect(blocks).toContain('*Why*');
  expect(slack.replies[0]!.text).toContain('What moves its risk');
  up.stop('SIGINT');
  expect(await up.ended).toBe(0);
}, 600_000);
