/** A delivery of Alertmanager to `orc demo` becomes a message in Slack that says why. */
import { spawn, type ChildProcess } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { risksSchema } from '../../serving/http/schemas.js';
import { SlackServer, TOKEN } from '../alerts/slack-server.js';
import { delivery } from '../alerts/sketches.js';
import { BIN, runOrc } from '../support/orc.js';

let home: string;
let slack: SlackServer;
let demo: ChildProcess;
let output = '';
let ended: Promise<number | null>;

beforeAll(async () => {
  slack = await SlackServer.start();
  home = await mkdtemp(join(tmpdir(), 'orc-ai-incident-'));
  // As root the database's server runs as another user, who must be able to enter.
  await chmod(home, 0o755);
  await writeFile(join(home, 'slack-token'), `${TOKEN}\n`);
  await writeFile(
    join(home, 'orc.yaml'),
    JSON.stringify({
      notifications: {
        slack: { token_file: join(home, 'slack-token'), channel: '#data-alerts', api_url: slack.url },
      },
    }),
  );
  demo = spawn(process.execPath, [BIN, 'demo', '--port', '0'], {
    cwd: home,
    env: { PATH: process.env['PATH'] ?? '', HOME: home },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  demo.stdout!.setEncoding('utf8').on('data', (text: string) => (output += text));
  ended = new Promise((resolve) => demo.once('close', resolve));
});
afterAll(async () => {
  demo.kill('SIGKILL');
  await slack.close();
  await rm(home, { recursive: true, force: true });
});

async function until(isSo: () => boolean, watch: (look: () => void) => void): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const look = (): void => {
      if (isSo()) resolve();
    };
    watch(look);
    void ended.then(() => {
      reject(new Error(`the demo ended: ${output}`));
    });
    look();
  });
}

it('tells the riskiest DAG of the recording with its reasons', async () => {
  await until(
    () => output.includes('Ctrl-C stops'),
    (look) => demo.stdout!.on('data', look),
  );
  const address = /Open (http:\/\/127\.0\.0\.1:\d+)/.exec(output)![1]!;
  const { dags } = risksSchema.parse(await (await fetch(`${address}/api/v1/risks`)).json());
  const dag = dags.find(({ reasons }) => reasons.length > 0)!;

  const dataDir = join(home, '.local/share/orc-ai/demo');
  const made = await runOrc([
    'tokens',
    'create',
    'alertmanager',
    '--role',
    'operator',
    '--data-dir',
    dataDir,
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

  await until(
    () => slack.replies.length > 0,
    (look) => {
      slack.onCall = look;
    },
  );
  expect(slack.roots).toHaveLength(1);
  const { text, blocks } = slack.roots[0]!;
  expect(text).toContain(`\`${dag.dag_id}\` is at risk of failing`);
  expect(blocks).toContain('Risk of failure');
  expect(blocks).toContain('*Why*');
  expect(slack.replies[0]!.text).toContain('What moves its risk');
  demo.kill('SIGINT');
  expect(await ended).toBe(0);
}, 600_000);
