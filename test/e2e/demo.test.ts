/** `orc demo` as a new user starts it: no configuration, an empty data directory, a port of its own. */
import { spawn, type ChildProcess } from 'node:child_process';
import { chmod, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { risksSchema } from '../../serving/http/schemas.js';
import { BIN, runOrc } from '../support/orc.js';

let home: string;
let demo: ChildProcess;
let output = '';
let errors = '';
let ended: Promise<number | null>;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'orc-ai-demo-'));
  // As root the database's server runs as another user, who must be able to enter.
  await chmod(home, 0o755);
  demo = spawn(process.execPath, [BIN, 'demo', '--port', '0'], {
    cwd: home,
    env: { PATH: process.env['PATH'] ?? '', HOME: home },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  demo.stdout!.setEncoding('utf8').on('data', (text: string) => (output += text));
  demo.stderr!.setEncoding('utf8').on('data', (text: string) => (errors += text));
  ended = new Promise((resolve) => demo.once('close', resolve));
});
afterAll(async () => {
  demo.kill('SIGKILL');
  await rm(home, { recursive: true, force: true });
});

/** Until the demo says that it goes on in real time, or ends before. */
async function untilReplayed(): Promise<void> {
  await new Promise<void>((resolve) => {
    const look = (): void => {
      if (output.includes('Ctrl-C stops')) resolve();
    };
    demo.stdout!.on('data', look);
    void ended.then(() => {
      resolve();
    });
    look();
  });
}

it('loads, backtests, trains, replays and serves; Ctrl-C ends it with its database', async () => {
  await untilReplayed();
  expect(errors).toBe('');
  expect(output).toMatch(/29 DAGs, 10823 tries[\s\S]*loaded[\s\S]*backtest[\s\S]*trained[\s\S]*replayed/);
  const address = /Open (http:\/\/127\.0\.0\.1:\d+)/.exec(output)![1]!;

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

  const lockFile = join(home, '.local/share/orc-ai/demo/postgresql/data/postmaster.pid');
  expect((await stat(lockFile)).isFile()).toBe(true);
  demo.kill('SIGINT');
  expect(await ended).toBe(0);
  await expect(stat(lockFile)).rejects.toMatchObject({ code: 'ENOENT' });
}, 600_000);
