import { createRequire } from 'node:module';
import { dirname, sep } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import * as wasm from '@tensorflow/tfjs-backend-wasm';

/** What the tensors of this process run on. */
export type BackendName = 'tensorflow' | 'wasm';

let starting: Promise<BackendName> | undefined;

/**
 * Starts TensorFlow.js once per thread: the native backend where the optional peer `@tensorflow/tfjs-node` is installed,
 * else WASM with SIMD from the npm package. Threads of the WASM backend need a browser; work is spread over worker threads instead.
 */
export function startBackend(): Promise<BackendName> {
  starting ??= start();
  return starting;
}

async function start(): Promise<BackendName> {
  const require = createRequire(import.meta.url);
  if (isInstalled(require, '@tensorflow/tfjs-node')) {
    const name = '@tensorflow/tfjs-node';
    await import(name);
    if (await tf.setBackend('tensorflow')) return 'tensorflow';
  }
  wasm.setWasmPaths(dirname(require.resolve('@tensorflow/tfjs-backend-wasm')) + sep);
  await tf.setBackend('wasm');
  return 'wasm';
}

function isInstalled(require: NodeJS.Require, name: string): boolean {
  try {
    require.resolve(name);
    return true;
  } catch {
    return false;
  }
}
