/** How many StatsD datagrams are taken without loss, beside a real statsd_exporter. Budget: docs/architecture.md. */
import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
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
import { makePrivateFolder } from './private-folder.js';
import { DAGS, type LoadOptions, type LoadResult } from './statsd-load.js';
import { startStatsdExporter } from './statsd-exporter.js';

const RATE = 100_000;
const STEADY_SECONDS = 30;
const FLOOD_SECONDS = 10;
/** Tried one after the other above {@link RATE}, until one loses datagrams. */
const HIGHER_RATES = [150_000, 200_000, 250_000, 300_000, 350_000];
const HIGHER_SECONDS = 10;
/** As many as ORC keeps unless configured otherwise. */
const SERIES = 10_000;
const FEW_SERIES = 100;
/** Before each load, so that a receiver knows the names and its code is compiled. */
const WARM_UP = { rate: 10_000, seconds: 2, series: SERIES };
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
  /** Datagrams per second: the highest rate of those tried at which none is lost for 10 s. */
  readonly rateWithoutLoss: number;
  /** As many datagrams as one process can send: the more a receiver leaves of the processors, the more. */
  readonly flood: Intake;
  readonly factsWritten: number;
  readonly statsdExporter: {
    readonly version: string;
    readonly steady: Intake;
    readonly rateWithoutLoss: number;
    readonly flood: Intake;
  } | null;
}

export async function benchStatsd(): Promise<StatsdMeasurement> {
  const folder = await makePrivateFolder('statsd');
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
const higherLoad = (rate: number) => ({ rate, seconds: HIGHER_SECONDS, series: SERIES });
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
    const port = Number(source.address.slice(source.address.lastIndexOf(':') + 1));
    const { sent: warmedUp } = await runLoad({ ...WARM_UP, port });
    let isOpen = true;
    const close = async (): Promise<void> => {
      if (isOpen) await source.close();
      isOpen = false;
    };
    try {
      return await measure(
        {
          port,
          packets: async () => {
            await close();
            return source.status().packets;
          },
          cpuSeconds: ownCpuSeconds,
        },
        load,
        warmedUp,
      );
    } finally {
      await close();
      factsWritten += source.status().rows;
    }
  };
  const steady = await measureOne(steadyLoad);
  const steadyFewSeries = await measureOne({ ...steadyLoad, series: FEW_SERIES });
  const rateWithoutLoss = await findRateWithoutLoss(steady, measureOne);
  const flood = await measureOne(floodLoad);
  return { steady, steadyFewSeries, rateWithoutLoss, flood, factsWritten };
}

async function measureExporter(): Promise<StatsdMeasurement['statsdExporter']> {
  const exporter = await startStatsdExporter();
  try {
    const { version, packets } = exporter;
    await runLoad({ ...WARM_UP, port: exporter.port });
    const measureOne = async (load: Omit<LoadOptions, 'port'>): Promise<Intake> =>
      measure(exporter, load, await packets());
    const steady = await measureOne(steadyLoad);
    const rateWithoutLoss = await findRateWithoutLoss(steady, measureOne);
    const flood = await measureOne(floodLoad);
    return { version, steady, rateWithoutLoss, flood };
  } finally {
    await exporter.stop();
  }
}

/** The rate that arrived, where the sender fell behind. */
async function findRateWithoutLoss(
  steady: Intake,
  measureOne: (load: Omit<LoadOptions, 'port'>) => Promise<Intake>,
): Promise<number> {
  let best = steady.lost === 0 ? steady.takenPerSecond : 0;
  for (const rate of HIGHER_RATES) {
    if (best === 0) break;
    const { lost, takenPerSecond } = await measureOne(higherLoad(rate));
    if (lost > 0) break;
    best = takenPerSecond;
  }
  return best;
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
