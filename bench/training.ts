/**
 * How fast 1,000,000 simulated tries are trained on, each step in a process of its own: `orc train` on a store that holds them, from
 * scratch and warm; and the fit of the tries alone beside XGBoost on the same vectors.
 */
import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { makePrivateFolder } from './private-folder.js';
import { matrixFolder } from './quality-matrix.js';
import { runNode } from './run-process.js';
import { CACHE, runXgboost } from './xgboost.js';
import type { FitMeasurement, StoreMeasurement, TrainingMeasurement } from './training/measurements.js';
import { trainingTable } from './training/table.js';

const TRIES = 1_000_000;
const XGBOOST = ['--trees', '600', '--depth', '6'];
const ORC = resolve('bin/orc.mjs');
const STEP = resolve('dist/bench/training/step.js');

/** @param flags `--tries N`, 1,000,000 unless given; `--xgboost no` leaves it out. */
export async function benchTraining(flags: ReadonlyMap<string, string>): Promise<TrainingMeasurement> {
  const tries = Number(flags.get('tries') ?? TRIES);
  await measured('vectors', [String(tries)]);
  const fit = await measured<FitMeasurement>('fit', [String(tries)]);
  const store = await trainOnStore(tries);
  const place = matrixFolder(`simulated-${tries}`, CACHE);
  const xgboost = flags.get('xgboost') === 'no' ? null : await runXgboost([place, place, ...XGBOOST]);
  const measurement: TrainingMeasurement = {
    tries: fit.rows,
    features: fit.features,
    store,
    fit,
    xgboost,
    timesXgboost: xgboost && {
      wall: fit.scratch.wall / xgboost.train_seconds,
      processor: fit.scratch.processor / xgboost.train_processor_seconds,
    },
  };
  process.stderr.write(trainingTable(measurement));
  return measurement;
}

/** Simulates, imports, and trains twice: from scratch, then going on from that model. */
async function trainOnStore(tries: number): Promise<TrainingMeasurement['store']> {
  const folder = await makePrivateFolder('training');
  try {
    const history = join(folder, 'history.csv');
    const dataDir = join(folder, 'data');
    await measured('history', [String(tries), history]);
    await runNode([ORC, 'import', history, '--data-dir', dataDir]);
    await rm(history);
    const train = (start: 'scratch' | 'warm'): Promise<StoreMeasurement> =>
      measured('train', [start, dataDir]);
    return { scratch: await train('scratch'), warm: await train('warm') };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** One step of {@link file://./training/step.ts} in a process of its own; it tells what it measured as JSON. */
async function measured<T>(step: string, args: readonly string[]): Promise<T> {
  const { output, seconds } = await runNode([STEP, step, ...args]);
  process.stderr.write(`  ${step}: ${seconds.toFixed(0)} s, ${output}\n`);
  return JSON.parse(output) as T;
}
