/** `orc import` and `orc backtest` on real histories, each as a user runs it: a process of its own, from start to finish. */
import { rm } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import type { BacktestReport } from '../model/index.js';
import { makePrivateFolder } from './private-folder.js';
import { publicHistories } from './public-histories.js';
import { runNode } from './run-process.js';

const ORC = resolve('bin/orc.mjs');

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
  for (const { path } of publicHistories()) measurements.push(await measure(path));
  return measurements;
}

async function measure(path: string): Promise<BacktestMeasurement> {
  const folder = await makePrivateFolder('backtest');
  try {
    const dataDir = join(folder, 'data');
    const imported = await runNode([ORC, 'import', path, '--data-dir', dataDir, '--json']);
    const tested = await runNode([ORC, 'backtest', '--data-dir', dataDir, '--json']);
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
