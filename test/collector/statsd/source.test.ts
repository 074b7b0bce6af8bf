import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startStatsd, usesStatsd, type StatsdSource } from '../../../collector/statsd/index.js';
import { systemClock } from '../../../core/clock.js';
import { writeTasks } from '../../../core/fact-log/write.js';
import { silentLogger } from '../../../core/logger.js';
import { deploymentOf } from '../airflow/harness.js';
import { temporaryDatabase, type TemporaryDatabase } from '../../support/database.js';
import { sendUdp } from './listener/support.js';

let store: TemporaryDatabase;
let source: StatsdSource | null = null;
let exporter: Server | null = null;

beforeAll(async () => {
  store = await temporaryDatabase();
  const task = {
    deployment: 'test',
    dagId: 'a.b',
    taskId: 'c.d',
    operator: null,
    pool: null,
    poolSlots: 1,
    queue: null,
    owner: null,
    retries: 0,
    retryDelaySeconds: null,
    executionTimeoutSeconds: null,
    triggerRule: null,
    isMapped: false,
    downstreamTaskIds: [],
    isActive: true,
  };
  await store.database.transaction((connection) =>
    writeTasks(connection, [task], { source: 'test', knownAt: 1_700_000_000, visibilityAssumed: false }),
  );
});
afterAll(async () => {
  await store.drop();
});
afterEach(async () => {
  await source?.close();
  source = null;
  exporter?.close();
  exporter = null;
  await store.database.execute('TRUNCATE platform_fact');
});

async function start(statsd: Record<string, unknown>, windowSeconds = 0.05): Promise<StatsdSource> {
  return (source = await startStatsd(deploymentOf('http://airflow', { statsd }), {
    database: store.database,
    logger: silentLogger(),
    clock: systemClock,
    retentionDays: 30,
    airflowVersion: () => '3.2.1',
    windowSeconds,
  }));
}

interface Fact extends Record<string, unknown> {
  readonly source: string;
  readonly dag_id: string;
  readonly task_id: string;
  readonly value: number;
}

/** Facts of a name, once there is one that fits; polled, because the source writes when it likes. */
async function factsOf(name: string, fits: (fact: Fact) => boolean = () => true): Promise<Fact[]> {
  for (;;) {
    const facts = await store.database.query<Fact>(
      'SELECT source, dag_id, task_id, value FROM platform_fact WHERE name = $1 ORDER BY fact_id',
      [name],
    );
    if (facts.some(fits)) return facts;
  }
}

describe('a StatsD source', () => {
  it('is off unless it is configured', () => {
    expect(usesStatsd(deploymentOf('http://airflow'))).toBe(false);
    expect(usesStatsd(deploymentOf('http://airflow', { statsd: { port: 0 } }))).toBe(true);
  });

  it('listens, names DAG and task with the ids of the fact log, and writes facts', async () => {
    const { address } = await start({ port: 0 });
    const isNamed = ({ dag_id }: Fact): boolean => dag_id === 'a.b';
    // The known ids arrive a moment after the start: until then the name cannot be taken apart.
    let facts: Fact[] = [];
    while (!facts.some(isNamed)) {
      await sendUdp(address, 'airflow.ti.start.a.b.c.d:1|c\n#', 'airflow.scheduler_heartbeat:1|c');
      facts = await factsOf('ti_start');
    }
    expect(facts.find(isNamed)).toMatchObject({ source: 'statsd', task_id: 'c.d' });
    await factsOf('scheduler_heartbeat_age_seconds');
    const status = source!.status();
    expect(status).toMatchObject({ deployment: 'test', source: 'statsd', errors: 0, dropped: 0 });
    expect(status.samples).toBeGreaterThanOrEqual(2);
    expect(status.parseErrors).toBeGreaterThanOrEqual(1);
    expect(status.rows).toBeGreaterThanOrEqual(2);
  });

  it('writes what the open window holds when it is closed', async () => {
    const { address } = await start({ port: 0 });
    await sendUdp(address, 'airflow.ti_failures:3|c');
    await factsOf('ti_failures');
    await source!.close();
    const before = source!.status().rows;
    source = null;
    const [row] = await store.database.query<{ rows: number }>(
      'SELECT count(*)::int AS rows FROM platform_fact',
    );
    expect(row!.rows).toBe(before);
  });

  it('reads a statsd_exporter instead, and survives its absence', async () => {
    let scrapes = 0;
    exporter = createServer((_request, response) => {
      scrapes++;
      if (scrapes === 2) response.writeHead(503).end('gone');
      else response.end(`airflow_ti_failures ${scrapes}\nairflow_dagbag_size 7\n`);
    }).listen(0, '127.0.0.1');
    await once(exporter, 'listening');
    const { port } = exporter.address() as AddressInfo;
    // A page is waited for no longer than a window.
    await start({ exporter_url: `http://127.0.0.1:${port}/metrics` }, 1);
    const facts = await factsOf('ti_failures');
    // The second page failed: the third tells what both brought.
    expect(facts[0]).toMatchObject({ source: 'statsd_exporter', value: 2 });
    expect(await factsOf('dagbag_size')).not.toHaveLength(0);
    expect(source!.status()).toMatchObject({ source: 'statsd_exporter', errors: 1, parseErrors: 0 });
  });
});
