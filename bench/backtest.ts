/** `orc import` and `orc backtest` on real histories, each as a user runs it: a process of its own, from start to finish. */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import type { BacktestReport } from '../model/index.js';

const DATASETS = '../shared/datasets';
const HISTORIES = ['ufs_runs.csv.gz', 'digital_land.csv.gz', 'ufs_tasks.csv.gz'];
/** How often the memory of a process is read; the kernel keeps its peak, so nothing is missed but its last moments. */
const MEMORY_INTERVAL_MS = 250;

export interface BacktestMeasurement {
  readonly history: string;
  readonly importSeconds: number;
  /** Of the whole command, the start of the private PostgreSQL included. */
  readonly backtestSeconds: number;
  /** Largest resident size of the backtest's process (PostgreSQL apart), in MiB; null where the kernel does not tell. */
  readonly peakMiB: number | null;
  readonly report: BacktestReport;
}

/** Measures every real history that is there; none, and the result is empty. */
export async function benchBacktest(): Promise<BacktestMeasurement[]> {
  const measurements: BacktestMeasurement[] = [];
  for (const name of HISTORIES) {
    const path = resolve(DATASETS, name);
    if (existsSync(path)) measurements.push(await measure(path));
  }
  return measurements;
}

async function measure(path: string): Promise<BacktestMeasurement> {
  const folder = await mkdtemp(join(tmpdir(), 'orc-bench-backtest-'));
  // As root the server runs as another user, who must get in.
  await chmod(folder, 0o711);
  try {
    const dataDir = join(folder, 'data');
    const imported = await runOrc(['import', path, '--data-dir', dataDir, '--json']);
    const tested = await runOrc(['backtest', '--data-dir', dataDir, '--json']);
    return {
      history: basename(path),
      importSeconds: imported.seconds,
      backtestSeconds: tested.seconds,
      peakMiB: tested.peakMiB,
      report: JSON.parse(tested.output) as BacktestReport,
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface Finished {
  readonly output: string;
  readonly seconds: number;
  readonly peakMiB: number | null;
}

function runOrc(args: readonly string[]): Promise<Finished> {
  const started = performance.now();
  const child = spawn(process.execPath, [resolve('bin/orc.mjs'), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let errors = '';
  let peakMiB: number | null = null;
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors = (errors + text).slice(-4000)));
  const watch = setInterval(() => (peakMiB = peakOf(child.pid) ?? peakMiB), MEMORY_INTERVAL_MS);
  return new Promise((settle, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      clearInterval(watch);
      if (code === 0) settle({ output, seconds: (performance.now() - started) / 1000, peakMiB });
      else reject(new Error(`orc ${args[0]!} ended with code ${String(code)}: ${errors}`));
    });
  });
}

/** VmHWM of a process: the largest resident size it ever had. */
function peakOf(pid: number | undefined): number | null {
  try {
    const status = readFileSync(`/proc/${String(pid)}/status`, 'utf8');
    const kibibytes = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1];
    return kibibytes === undefined ? null : Math.round(Number(kibibytes) / 1024);
  } catch {
    return null;
  }
}
