import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { AppError } from './errors.js';

/**
 * The compiled module that a worker thread can run: `module` beside the caller, or, from a TypeScript source, its counterpart
 * under dist/ (a thread cannot run TypeScript).
 *
 * @param caller `import.meta.url`
 * @param module such as `./worker.js`
 * @throws AppError `internal` when the project was not built.
 */
export function workerUrl(caller: string, module: string): URL {
  const url = new URL(module, caller.endsWith('.ts') ? compiledCounterpart(caller) : caller);
  if (!existsSync(url)) {
    throw new AppError('internal', `A worker thread is not built: ${fileURLToPath(url)} is missing.`, {
      fix: 'Run npm run build.',
    });
  }
  return url;
}

function compiledCounterpart(source: string): string {
  const root = new URL('..', import.meta.url).href;
  return new URL(`dist/${source.slice(root.length)}`, root).href;
}
