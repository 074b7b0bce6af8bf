/** The other ends of the way of a warning: Prometheus, Alertmanager, and what stands for Slack. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const READY_WITHIN_MS = 60_000;

/** Stops in the reverse order of its start. */
export class Processes {
  readonly #children: ChildProcess[] = [];

  /** Starts a program, and waits until this address answers. @throws Error when it ends before. */
  async start(
    command: string,
    args: readonly string[],
    readyUrl: string,
    environment: NodeJS.ProcessEnv = process.env,
  ): Promise<void> {
    const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'inherit'], env: environment });
    const failures: string[] = [];
    child.once('error', (error) => failures.push(error.message));
    child.once('exit', (code, signal) => failures.push(`ended with ${code ?? signal ?? 'nothing'}`));
    this.#children.push(child);
    const deadline = performance.now() + READY_WITHIN_MS;
    while (!(await answers(readyUrl))) {
      if (failures.length > 0) throw new Error(`${command}: ${failures.join(', ')}`);
      if (performance.now() > deadline) throw new Error(`${command} is not ready within 60 s`);
      await sleep(250);
    }
  }

  async stop(): Promise<void> {
    for (const child of this.#children.reverse()) {
      if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) continue;
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      await exited;
    }
  }
}

async function answers(url: string): Promise<boolean> {
  return fetch(url).then(
    ({ ok }) => ok,
    () => false,
  );
}

export interface SlackClock {
  readonly url: string;
  /** `performance.now()` of the first message of its own that has this text. */
  firstMessageWith(text: string): number | undefined;
  /** Texts of the messages of their own, in their order. */
  readonly texts: readonly string[];
  close(): Promise<void>;
}

/** Answers Slack's Web API, and notes when messages came. */
export async function startSlackClock(): Promise<SlackClock> {
  const messages: { readonly text: string; readonly at: number }[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = new URLSearchParams(Buffer.concat(chunks).toString('utf8'));
      if (request.url?.endsWith('chat.postMessage') === true && !body.has('thread_ts'))
        messages.push({ text: body.get('text') ?? '', at: performance.now() });
      const answer = {
        ok: true,
        channel: 'C0123456789',
        ts: `1795435200.${String(messages.length).padStart(6, '0')}`,
      };
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/`,
    firstMessageWith: (text) => messages.find((message) => message.text.includes(text))?.at,
    get texts() {
      return messages.map(({ text }) => text);
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A TCP port on loopback that nothing listens on now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Prometheus as a user would set it up: it scrapes and evaluates every 15 s. Returns its arguments. */
export function configurePrometheus(
  folder: string,
  orc: string,
  rules: string,
  alertmanager: string,
): string[] {
  const file = join(folder, 'prometheus.yml');
  const settings = {
    global: { scrape_interval: '15s', evaluation_interval: '15s' },
    scrape_configs: [{ job_name: 'orc', static_configs: [{ targets: [orc] }] }],
    rule_files: [rules],
    alerting: { alertmanagers: [{ static_configs: [{ targets: [alertmanager] }] }] },
  };
  writeFileSync(file, JSON.stringify(settings));
  return [`--config.file=${file}`, `--storage.tsdb.path=${join(folder, 'prometheus')}`];
}
