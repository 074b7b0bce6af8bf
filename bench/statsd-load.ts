/** A process that sends StatsD datagrams to a UDP port of this machine at a steady rate: `node statsd-load.js OPTIONS_AS_JSON`. */
import { createSocket } from 'node:dgram';

export interface LoadOptions {
  readonly port: number;
  /** Datagrams per second; null: as many as the sender can. */
  readonly rate: number | null;
  readonly seconds: number;
  /** Different names, sent in turn. */
  readonly series: number;
}

export interface LoadResult {
  readonly sent: number;
  readonly seconds: number;
}

export const DAGS = 100;

/** Datagrams as Airflow sends them: one metric each, the ids in the name. */
export function datagram(index: number): string {
  const dag = index % DAGS;
  const task = Math.floor(index / DAGS);
  const name = `airflow.ti.finish.dag_${dag}.task_${task}.success`;
  return `${name}:1|c`;
}

/** Sent without a pause at most; a sleep of the machine must not end in a flood. */
const LARGEST_BURST = 500;

async function send({ port, rate, seconds, series }: LoadOptions): Promise<LoadResult> {
  const socket = createSocket({ type: 'udp4', sendBufferSize: 2 ** 22 });
  await new Promise<void>((resolve) => {
    socket.connect(port, '127.0.0.1', resolve);
  });
  const datagrams = Array.from({ length: series }, (_, index) => Buffer.from(datagram(index)));
  const startedAt = performance.now();
  let sent = 0;
  let elapsed = 0;
  while ((elapsed = (performance.now() - startedAt) / 1000) < seconds) {
    const due = Math.min(sent + LARGEST_BURST, rate === null ? Infinity : rate * elapsed);
    for (; sent < due; sent++) socket.send(datagrams[sent % series]!);
    await new Promise(setImmediate);
  }
  await new Promise<void>((resolve) => {
    socket.close(resolve);
  });
  return { sent, seconds: elapsed };
}

const [, script, options] = process.argv;
if (script === import.meta.filename && options !== undefined) {
  process.stdout.write(JSON.stringify(await send(JSON.parse(options) as LoadOptions)));
}
