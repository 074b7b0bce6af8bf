/**
 * How fast the history of a real metadata database is read, beside `COPY ... TO STDOUT` of the same rows, and what a poll costs it.
 * Budget: half the rate, under 300 MiB.
 */
import { readFile } from 'node:fs/promises';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { AirflowApi, SpanRows } from '../collector/airflow/api.js';
import { mapTry } from '../collector/airflow/map.js';
import { openRestSource } from '../collector/airflow/rest-source.js';
import { openMetadataSource } from '../collector/airflow/metadata/source.js';
import { systemClock } from '../core/clock.js';
import { usePrivateServer } from '../core/database/embedded/private-server.js';
import { migrate } from '../core/database/migrate.js';
import { connect } from '../core/database/pool.js';
import type { Database } from '../core/database/port.js';
import { silentLogger } from '../core/logger.js';
import { copyIn, copyOut, exportRows, timed } from './copy-rate.js';
import type { MetadataBench } from './metadata-bench.js';
import { collectInProcess } from './metadata-collect.js';
import { measurePolls, type PollMeasurement } from './metadata-poll.js';
import { makePrivateFolder } from './private-folder.js';
import { timingOf } from './timing.js';

/** The columns that ORC reads of a try. */
const COLUMNS = `dag_id, run_id, task_id, map_index, try_number, max_tries, state, scheduled_dttm, queued_dttm, start_date,
  end_date, operator, pool, queue, hostname, dag_version_id`;
const SAME_ROWS = `SELECT ${COLUMNS} FROM task_instance UNION ALL SELECT ${COLUMNS} FROM task_instance_history`;

/** Airflow's tables as `airflow db migrate` of 3.2.1 makes them, and a history for them. */
const SCRIPTS = ['airflow-3.2.1.sql', 'airflow-history.sql'];
const FROM = Date.parse('2026-01-01T00:00:00Z') / 1000;
const TO = FROM + 502 * 3600;
const SPAN_SECONDS = 10 * 3600;
/** Of each kind of reading, in turn; the median counts. */
const ROUNDS = 5;

export interface MetadataMeasurement {
  /** Tries in task_instance and its history. */
  readonly tries: number;
  /** Tries per second of `COPY (SELECT the same columns) TO STDOUT`, without any order. */
  readonly copyRate: number;
  /** Tries per second from the tables to observations, span by span in the order of due time. */
  readonly readRate: number;
  /** readRate / copyRate. */
  readonly readRatio: number;
  /** Tries per second of `orc collect` into an empty store on the same server. */
  readonly collectRate: number;
  readonly collectRatio: number;
  /** Of the process of `orc collect`. */
  readonly collectPeakMiB: number;
  /** Tries per second at which COPY alone fills the store's own indexed table. */
  readonly storeCopyRate: number;
  readonly poll: PollMeasurement;
}

/** On the private PostgreSQL of a folder that is removed again. */
export async function benchMetadata(): Promise<MetadataMeasurement> {
  const folder = await makePrivateFolder('metadata');
  const server = await usePrivateServer({ dataDir: join(folder, 'data'), logger: silentLogger() });
  try {
    const [airflowUrl, storeUrl] = [
      await createDatabase(server.url, 'airflow'),
      await createDatabase(server.url, 'store'),
    ];
    const airflow = await open(airflowUrl);
    const store = await open(storeUrl);
    try {
      for (const name of SCRIPTS) await runScript(airflow, name);
      await migrate(store, { logger: silentLogger() });
      return await measure({ airflow, airflowUrl, store, storeUrl, folder });
    } finally {
      await airflow.close();
      await store.close();
    }
  } finally {
    await server.leave();
    await rm(folder, { recursive: true, force: true });
  }
}

async function measure(bench: MetadataBench): Promise<MetadataMeasurement> {
  const { airflow, store } = bench;
  const [row] = await airflow.query<{ n: number }>(`SELECT count(*) AS n FROM (${SAME_ROWS}) AS every_try`);
  const tries = row!.n;
  // The first reading of each kind warms the caches.
  await copyOut(airflow, SAME_ROWS);
  await readAll(bench.airflowUrl);
  const copies: number[] = [];
  const reads: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    copies.push(await copyOut(airflow, SAME_ROWS));
    const read = await readAll(bench.airflowUrl);
    if (read.observations !== tries) throw new Error(`read ${read.observations} of ${tries} tries`);
    reads.push(read.seconds);
  }
  const [copySeconds, readSeconds] = [timingOf(copies).p50, timingOf(reads).p50];
  const collect = await collectInProcess(bench);
  const [facts] = await store.query<{ n: number }>('SELECT count(*) AS n FROM try_fact');
  if (facts!.n !== tries) throw new Error(`collected ${facts!.n} of ${tries} tries`);
  const poll = await measurePolls(bench);
  const copyFile = join(bench.folder, 'rows.copy');
  await exportRows(store, 'try_fact', copyFile);
  await store.execute('CREATE TABLE try_fact_copy (LIKE try_fact INCLUDING ALL)');
  const storeCopySeconds = await copyIn(store, 'try_fact_copy', copyFile);
  const ratio = (seconds: number): number => Math.round((100 * copySeconds) / seconds) / 100;
  return {
    tries,
    copyRate: Math.round(tries / copySeconds),
    readRate: Math.round(tries / readSeconds),
    readRatio: ratio(readSeconds),
    collectRate: Math.round(tries / collect.seconds),
    collectRatio: ratio(collect.seconds),
    collectPeakMiB: collect.peakMiB,
    storeCopyRate: Math.round(tries / storeCopySeconds),
    poll,
  };
}

async function readAll(url: string): Promise<{ observations: number; seconds: number }> {
  const logger = silentLogger();
  const options = { logger, clock: systemClock };
  // Never asked: only runs are read.
  const rest = openRestSource({ name: 'bench', baseUrl: 'http://127.0.0.1:1' }, 100, options);
  const source = openMetadataSource({ url, timeoutSeconds: 60 }, options, rest);
  try {
    const { api } = await source.connect(undefined);
    const [observations, seconds] = await timed(() => readSpans(api));
    return { observations, seconds };
  } finally {
    await source.close();
  }
}

/** As the collector does, one span is read while the one before it is worked on. */
async function readSpans(api: AirflowApi): Promise<number> {
  const read = (from: number): Promise<SpanRows | null> =>
    api.dueIn({ from, to: from + SPAN_SECONDS }, { maxRows: 60_000, isTimeoutFinal: true });
  let observations = 0;
  let next: Promise<SpanRows | null> | null = read(FROM);
  for (let from = FROM; next !== null; from += SPAN_SECONDS) {
    const rows: SpanRows | null = await next;
    if (rows === null) throw new Error('a span holds more rows than the benchmark made');
    const following = from + SPAN_SECONDS;
    next = following < TO ? read(following) : null;
    observations += countObservations(rows);
  }
  return observations;
}

function countObservations({ taskInstances, earlierTries }: SpanRows): number {
  const context = { deployment: 'bench', runType: 'scheduled', owner: 'airflow' };
  let count = 0;
  for (const row of taskInstances) {
    for (const version of [...(earlierTries?.get(row) ?? []), row]) {
      if ('observation' in mapTry(version, context)) count++;
    }
  }
  return count;
}

async function createDatabase(serverUrl: string, name: string): Promise<string> {
  const admin = await open(serverUrl);
  await admin.execute(`CREATE DATABASE ${name}`);
  await admin.close();
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.href;
}

function open(url: string): Promise<Database> {
  return connect(url, { logger: silentLogger(), applicationName: 'orc bench' });
}

/** From `dist/bench`, where the scripts are not copied to. */
async function runScript(database: Database, name: string): Promise<void> {
  const text = await readFile(new URL(`../../bench/${name}`, import.meta.url), 'utf8');
  // One by one: VACUUM refuses company.
  for (const statement of text.split(/;\n/)) await database.execute(statement);
}
