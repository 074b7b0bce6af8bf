/** How many StatsD datagrams are taken without loss, beside a real statsd_exporter. Budget: docs/architecture.md. */
import { execFile } from 'node:child_process';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { startStatsd } from '../collector/statsd/index.js';
import { systemClock } from '../core/clock.js';
import { deploymentSchema } from '../core/config/schema.js';
import { openDatabase } from '../core/database/open.js';
import type { Database } from '../core/database/port.js';
import { writeTasks } from '../core/fact-log/write.js';
import { silentLogger } from '../core/logger.js';
import { DAGS, type LoadOptions, type LoadResult } from './statsd-load.js';
import { startStatsdExporter } from './statsd-exporter.js';

const RATE = 100_000;
const STEADY_SECONDS = 30;
const FLOOD_SECONDS = 10;
/** As many as ORC keeps unless configured otherwise. */
const SERIES = 10_000;
const FEW_SERIES = 100;
/** What is still in the receive buffer is read in this time. */
const DRAIN_SECONDS = 1;

export interface Intake {
  readonly sentPerSecond: number;
  readonly takenPerSecond: number;
  /** Sent and not taken, datagrams. */
  readonly lost: number;
  /** Of the receiver, all its threads. */
  readonly cpuMicrosecondsPerDatagram: number;
}

/** A receiver under test: counts are since its start. */
interface Receiver {
  readonly port: number;
  readonly packets: () => Promise<number>;
  readonly cpuSeconds: () => number;
}

export interface StatsdMeasurement {
  /** 100,000 datagrams/s for 30 s over 10,000 series; facts are written to a private PostgreSQL meanwhile. */
  readonly steady: Intake;
  readonly steadyFewSeries: Intake;
  /** As many datagrams as one process can send. */
  readonly flood: Intake;
  readonly factsWritten: number;
  readonly statsdExporter: {
    readonly version: string;
    readonly steady: Intake;
    readonly flood: Intake;
  } | null;
}

export async function benchStatsd(): Promise<StatsdMeasurement> {
  const folder = await mkdtemp(join(tmpdir(), 'orc-bench-statsd-'));
  // As root the server runs as another user, who must get in.
  await chmod(folder, 0o711);
  try {
    const database = await openDatabase({
      databaseUrl: null,
      dataDir: join(folder, 'data'),
      logger: silentLogger(),
    });
    try {
      await describeTasks(database);
      const ours = await measureOrc(database);
      return { ...ours, statsdExporter: await measureExporter() };
    } finally {
      await database.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const steadyLoad = { rate: RATE, seconds: STEADY_SECONDS, series: SERIES };
const floodLoad = { rate: null, seconds: FLOOD_SECONDS, series: SERIES };

async function measureOrc(database: Database): Promise<Omit<StatsdMeasurement, 'statsdExporter'>> {
  let factsWritten = 0;
  // A source of its own for each load: its counts are whole when it is closed.
  const measureOne = async (load: Omit<LoadOptions, 'port'>): Promise<Intake> => {
    const deployment = deploymentSchema.parse({
      url: 'http://127.0.0.1:1',
      statsd: { port: 0, max_series: SERIES },
    });
    const source = await startStatsd(deployment, {
      database,
      clock: systemClock,
      logger: silentLogger(),
      retentionDays: 1,
      airflowVersion: () => '3.2.1',
    });
    // Until it knows the ids.
    await sleep(1000);
    let isOpen = true;
    const close = async (): Promise<void> => {
      if (isOpen) await source.close();
      isOpen = false;
    };
    try {
      return await measure(
        {
          port: Number(source.address.slice(source.address.lastIndexOf(':') + 1)),
          packets: async () => {
            await close();
            return source.status().packets;
          },
          cpuSeconds: ownCpuSeconds,
        },
        load,
        0,
      );
    } finally {
      await close();
      factsWritten += source.status().rows;
    }
  };
  const steady = await measureOne(steadyLoad);
  const steadyFewSeries = await measureOne({ ...steadyLoad, series: FEW_SERIES });
  const flood = await measureOne(floodLoad);
  return { steady, steadyFewSeries, flood, factsWritten };
}

async function measureExporter(): Promise<StatsdMeasurement['statsdExporter']> {
  const exporter = await startStatsdExporter();
  try {
    const { version, packets } = exporter;
    const receiver: Receiver = exporter;
    const steady = await measure(receiver, steadyLoad, await packets());
    const flood = await measure(receiver, floodLoad, await packets());
    return { version, steady, flood };
  } finally {
    await exporter.stop();
  }
}

async function measure(
  receiver: Receiver,
  load: Omit<LoadOptions, 'port'>,
  packetsBefore: number,
): Promise<Intake> {
  const cpuBefore = receiver.cpuSeconds();
  const { sent, seconds } = await runLoad({ ...load, port: receiver.port });
  await sleep(DRAIN_SECONDS * 1000);
  const cpu = receiver.cpuSeconds() - cpuBefore;
  const taken = (await receiver.packets()) - packetsBefore;
  return {
    sentPerSecond: Math.round(sent / seconds),
    takenPerSecond: Math.round(taken / seconds),
    lost: sent - taken,
    cpuMicrosecondsPerDatagram: Math.round((1e8 * cpu) / taken) / 100,
  };
}

async function runLoad(options: LoadOptions): Promise<LoadResult> {
  const script = join(import.meta.dirname, 'statsd-load.js');
  const { stdout } = await promisify(execFile)(process.execPath, [script, JSON.stringify(options)]);
  return JSON.parse(stdout) as LoadResult;
}

function ownCpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** The tasks whose ids the datagrams name. */
async function describeTasks(database: Database): Promise<void> {
  const tasks = Array.from({ length: SERIES }, (_, index) => ({
    deployment: 'default',
    dagId: `dag_${index % DAGS}`,
    taskId: `task_${Math.floor(index / DAGS)}`,
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
  }));
  await database.transaction((connection) =>
    writeTasks(connection, tasks, { source: 'bench', knownAt: systemClock(), visibilityAssumed: true }),
  );
}
