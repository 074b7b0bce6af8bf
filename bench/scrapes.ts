/** `npm run bench -- scrapes [--tries N]`: how fast `/metrics` answers while `orc up` trains on a long history, beside an idle minute before it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { makePrivateFolder } from './private-folder.js';
import { runNode } from './run-process.js';
import { timingOf, type Timing } from './timing.js';
import { freePort } from './warning-delay/servers.js';

const TRIES = 1_000_000;
const ORC = resolve('bin/orc.mjs');
const STEP = resolve('dist/bench/training/step.js');
const SCRAPE_INTERVAL_MS = 100;
const IDLE_MS = 60_000;
/** From the start to the training that the schedule calls for: time to score, and for the idle minute. */
const CALLED_AFTER_MS = 150_000;
const TRAINED_WITHIN_MS = 1_800_000;

export interface ScrapesMeasurement {
  readonly tries: number;
  readonly bytes: number;
  /** Milliseconds per scrape, of as many scrapes. */
  readonly idle: Timing & { readonly scrapes: number };
  readonly training: Timing & { readonly scrapes: number; readonly seconds: number };
}

/** Imports a simulated history, trains once, and starts `orc up` with a schedule that soon calls for the next training, from scratch. */
export async function benchScrapes(flags: ReadonlyMap<string, string>): Promise<ScrapesMeasurement> {
  const tries = Number(flags.get('tries') ?? TRIES);
  const folder = await makePrivateFolder('scrapes');
  try {
    const [history, dataDir] = [join(folder, 'history.csv'), join(folder, 'data')];
    await runNode([STEP, 'history', String(tries), history]);
    await runNode([ORC, 'import', history, '--data-dir', dataDir]);
    await rm(history);
    await runNode([ORC, 'train', '--data-dir', dataDir]);
    return { tries, ...(await scrapeServer(folder, dataDir)) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function scrapeServer(folder: string, dataDir: string): Promise<Omit<ScrapesMeasurement, 'tries'>> {
  const due = new Date(Date.now() + CALLED_AFTER_MS);
  const schedule = `${due.getUTCMinutes()} ${due.getUTCHours()} * * *`;
  const config = join(folder, 'orc.yaml');
  await writeFile(config, JSON.stringify({ model: { retrain_schedule: schedule, warm_starts: 0 } }));
  const port = await freePort();
  const args = [ORC, 'up', '--config', config, '--data-dir', dataDir, '--port', String(port)];
  const server = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const exited = once(server, 'exit');
  const said = messagesOf(server.stderr);
  const url = `http://127.0.0.1:${port}/metrics`;
  try {
    await until(() => answersScores(url), CALLED_AFTER_MS);
    const idle: number[] = [];
    const idleUntil = performance.now() + IDLE_MS;
    while (performance.now() < idleUntil && !said.has('training begins')) idle.push(await scrape(url));
    await until(() => Promise.resolve(said.has('training begins')), CALLED_AFTER_MS);
    const training: number[] = [];
    const began = performance.now();
    while (!said.has('trained')) {
      if (performance.now() - began > TRAINED_WITHIN_MS) throw new Error('the training does not end');
      training.push(await scrape(url));
    }
    const seconds = (performance.now() - began) / 1000;
    const bytes = (await (await fetch(url)).text()).length;
    return {
      bytes,
      idle: { ...timingOf(idle), scrapes: idle.length },
      training: { ...timingOf(training), scrapes: training.length, seconds },
    };
  } finally {
    server.kill('SIGTERM');
    await exited;
  }
}

/** Messages of its log so far. */
function messagesOf(log: NodeJS.ReadableStream): ReadonlySet<string> {
  const messages = new Set<string>();
  createInterface({ input: log }).on('line', (line) => {
    for (const message of ['training begins', 'trained'])
      if (line.includes(`"msg":"${message}"`)) messages.add(message);
  });
  return messages;
}

/** Milliseconds to the last byte; then waits for the rest of the interval. */
async function scrape(url: string): Promise<number> {
  const started = performance.now();
  await (await fetch(url)).arrayBuffer();
  const ms = performance.now() - started;
  await sleep(Math.max(0, SCRAPE_INTERVAL_MS - ms));
  return ms;
}

async function answersScores(url: string): Promise<boolean> {
  return fetch(url).then(
    async (response) => (await response.text()).includes('\norc_score_timestamp_seconds{'),
    () => false,
  );
}

async function until(isSo: () => Promise<boolean>, withinMs: number): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(`not so within ${withinMs / 1000} s`);
    await sleep(250);
  }
}
