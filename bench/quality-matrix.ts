/** Labelled vectors of a history, replayed once and kept on disk, so that models can be compared in seconds. */
import { existsSync } from 'node:fs';
import { mkdir, open, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AnyFact } from '../core/fact-log/read.js';
import { featureSetHash, modelColumns } from '../features/registry.js';
import { replayTries } from '../features/replay.js';
import type { LabelledVectors } from '../model/types.js';
import { batches } from './histories.js';

/** Vectors of all tries of a history, with what a comparison needs to know of each. */
export interface Matrix extends LabelledVectors {
  readonly history: string;
  readonly weights: Float32Array;
  /** Number of the DAG run of each row, from 0. */
  readonly runs: Int32Array;
  readonly historicalRate: Float32Array;
}

const ARRAYS = {
  values: Float32Array,
  labels: Uint8Array,
  decidedAt: Float64Array,
  labelKnownAt: Float64Array,
  afterSuccess: Uint8Array,
  weights: Float32Array,
  runs: Int32Array,
  historicalRate: Float32Array,
} as const;

interface Description {
  readonly history: string;
  readonly features: readonly string[];
  readonly rows: number;
  /** Columns that models read. */
  readonly inputs: readonly number[];
}

/**
 * The matrix of a history, from `folder` where this feature set was replayed before. The files are raw little-endian arrays beside
 * `matrix.json`, which other programs can read too.
 */
export async function loadMatrix(
  history: string,
  folder: string,
  facts: () => Promise<readonly AnyFact[]>,
): Promise<Matrix> {
  const place = matrixFolder(history, folder);
  if (!existsSync(join(place, 'matrix.json'))) await writeMatrix(history, place, await facts());
  const description = JSON.parse(await readFile(join(place, 'matrix.json'), 'utf8')) as Description;
  const arrays: Record<string, unknown> = {};
  for (const [name, type] of Object.entries(ARRAYS)) arrays[name] = await readArray(join(place, name), type);
  return { ...description, ...arrays } as unknown as Matrix;
}

/** Where {@link loadMatrix} keeps the files of a history. */
export function matrixFolder(history: string, folder: string): string {
  return join(folder, `${history}-${featureSetHash()}`);
}

async function writeMatrix(history: string, place: string, facts: readonly AnyFact[]): Promise<void> {
  const { tries } = await replayTries(batches(facts), { maxTryRows: facts.length + 1 });
  const numbers = new Map<string, number>();
  const runs = Int32Array.from({ length: tries.rows }, (_, row) => {
    const { deployment, dagId, runId } = tries.subject(row);
    const run = JSON.stringify([deployment, dagId, runId]);
    const number = numbers.get(run) ?? numbers.size;
    numbers.set(run, number);
    return number;
  });
  await mkdir(place, { recursive: true });
  const all = { ...tries, runs };
  for (const name of Object.keys(ARRAYS) as (keyof typeof ARRAYS)[]) {
    const array = all[name];
    await writeFile(join(place, name), new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
  }
  const { features, rows } = tries;
  const description: Description = { history, features, rows, inputs: modelColumns(features) };
  // Last, so that a matrix that was cut short is made again.
  await writeFile(join(place, 'matrix.part'), JSON.stringify(description));
  await rename(join(place, 'matrix.part'), join(place, 'matrix.json'));
}

type ArrayType = (typeof ARRAYS)[keyof typeof ARRAYS];

/** On shared memory, so that threads read it in place. */
async function readArray(path: string, type: ArrayType): Promise<InstanceType<ArrayType>> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const buffer = new SharedArrayBuffer(size);
    const bytes = new Uint8Array(buffer);
    for (let at = 0; at < size;) {
      const { bytesRead } = await file.read(bytes, at, Math.min(size - at, 2 ** 28), at);
      if (bytesRead === 0) throw new Error(`${path} ended early`);
      at += bytesRead;
    }
    return new type(buffer as unknown as ArrayBuffer);
  } finally {
    await file.close();
  }
}
