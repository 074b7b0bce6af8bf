/**
 * How long a warning takes from the fact in the store to the message: with the real scorer, Prometheus with the rendered rules
 * (scrape and evaluation every 15 s), Alertmanager with the rendered routes (group wait 10 s), and a server in the place of Slack.
 * Needs `prometheus` and `prometheus-alertmanager` (Debian: test/stack/prometheus/install.sh, test/stack/alertmanager/install.sh).
 */
import { execFile, spawnSync } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { openDatabase } from '../core/database/open.js';
import type { Database } from '../core/database/port.js';
import { silentLogger } from '../core/logger.js';
import { seededRandom } from '../model/random.js';
import {
  configurePrometheus,
  freePort,
  Processes,
  startSlackClock,
  type SlackClock,
} from './warning-delay/servers.js';
import { dagName, writeHistory, writeTrouble } from './warning-delay/trouble.js';
import { makePrivateFolder } from './private-folder.js';

const BIN = new URL('../../bin/orc.mjs', import.meta.url).pathname;
/** So many that those in trouble are no shared outage. */
const DAGS = 120;
const IN_TROUBLE = 20;
/** The failures come at random times within this span. */
const SPREAD_SECONDS = 180;
const WAIT_SECONDS = 120;

export interface WarningDelay {
  /** Milliseconds from the commit of the fact that makes the run fail to the message about its DAG. */
  readonly delay: { readonly p50: number; readonly p95: number; readonly max: number };
  readonly warnedOf: number;
  readonly inTrouble: number;
  /** Messages altogether; more than warned of means that another DAG was told of, or one twice. */
  readonly messages: number;
  /** Texts of those about no DAG in trouble. */
  readonly others: readonly string[];
}

/** A text where a server is missing. */
export async function benchWarningDelay(): Promise<WarningDelay | string> {
  for (const command of ['prometheus', 'prometheus-alertmanager'])
    if (spawnSync(command, ['--version']).error !== undefined) return `not measured: ${command} is missing`;
  const folder = await makePrivateFolder('warning');
  const processes = new Processes();
  const slack = await startSlackClock();
  try {
    const dataDir = join(folder, 'data');
    const database = await openDatabase({ databaseUrl: null, dataDir, logger: silentLogger() });
    try {
      await database.transaction((connection) => writeHistory(connection, DAGS, Date.now() / 1000 - 120));
      await startAll(folder, dataDir, slack.url, processes);
      return await measure(database, slack);
    } finally {
      await processes.stop();
      await database.close();
    }
  } finally {
    await slack.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function startAll(
  folder: string,
  dataDir: string,
  slackUrl: string,
  processes: Processes,
): Promise<void> {
  const [orcPort, prometheusPort, alertmanagerPort] = [await freePort(), await freePort(), await freePort()];
  const config = join(folder, 'orc.json');
  const credentials = join(folder, 'token');
  const rendered = join(folder, 'rendered');
  const settings = {
    log_level: 'warn',
    // Only failures are warned of here.
    deadlines: [{ minutes_after_due: 100_000 }],
    server: { port: orcPort, metrics_public: true },
    alerts: {
      links: { orc_url: `http://127.0.0.1:${orcPort}` },
      alertmanager: { credentials_file: credentials },
      warnings_per_day: 1000,
    },
    notifications: { slack: { token: 'xoxb-bench', channel: 'C0123456789', api_url: slackUrl } },
  };
  await writeFile(config, JSON.stringify(settings));
  const orc = async (...args: string[]): Promise<string> => {
    const common = ['--config', config, '--data-dir', dataDir];
    return (await promisify(execFile)(process.execPath, [BIN, ...args, ...common])).stdout;
  };
  await orc('train');
  const created = JSON.parse(
    await orc('tokens', 'create', 'alertmanager', '--role', 'operator', '--json'),
  ) as { token: string };
  await writeFile(credentials, created.token);
  await orc('alerts', 'render', '--out', rendered);
  await processes.start(
    process.execPath,
    [BIN, 'up', '--config', config, '--data-dir', dataDir],
    `http://127.0.0.1:${orcPort}/-/ready`,
  );
  const alertmanager = `127.0.0.1:${alertmanagerPort}`;
  await processes.start(
    'prometheus-alertmanager',
    [
      `--config.file=${join(rendered, 'alertmanager/alertmanager.yaml')}`,
      `--storage.path=${join(folder, 'alertmanager')}`,
      `--web.listen-address=${alertmanager}`,
      '--cluster.listen-address=',
      '--log.level=error',
    ],
    `http://${alertmanager}/-/ready`,
  );
  const prometheus = `127.0.0.1:${prometheusPort}`;
  const rules = join(rendered, 'rules/*.yaml');
  await processes.start(
    'prometheus',
    [
      ...configurePrometheus(folder, `127.0.0.1:${orcPort}`, rules, alertmanager),
      `--web.listen-address=${prometheus}`,
      '--log.level=error',
    ],
    `http://${prometheus}/-/ready`,
  );
  // Two scrapes: a warning needs something to have been before.
  await sleep(45_000);
}

async function measure(
  database: Database,
  slack: Pick<SlackClock, 'firstMessageWith' | 'texts'>,
): Promise<WarningDelay> {
  const random = seededRandom(1);
  const delays: number[] = [];
  const trouble = async (dag: number): Promise<void> => {
    await sleep(1000 * SPREAD_SECONDS * random());
    await database.transaction((connection) => writeTrouble(connection, dag, Date.now() / 1000));
    const known = performance.now();
    const deadline = known + 1000 * WAIT_SECONDS;
    let warned = slack.firstMessageWith(dagName(dag));
    while (warned === undefined && performance.now() < deadline) {
      await sleep(50);
      warned = slack.firstMessageWith(dagName(dag));
    }
    if (warned !== undefined) delays.push(Math.round(warned - known));
  };
  const inTrouble = Array.from({ length: IN_TROUBLE }, (_, index) => index * (DAGS / IN_TROUBLE));
  await Promise.all(inTrouble.map(trouble));
  delays.sort((a, b) => a - b);
  const at = (share: number): number => delays[Math.ceil(share * delays.length) - 1]!;
  return {
    delay: { p50: at(0.5), p95: at(0.95), max: at(1) },
    warnedOf: delays.length,
    inTrouble: IN_TROUBLE,
    messages: slack.texts.length,
    others: slack.texts.filter((text) => !inTrouble.some((dag) => text.includes(dagName(dag)))),
  };
}
