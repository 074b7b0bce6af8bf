import type { ProgressListener } from '../../core/progress.js';
import { simulate, type SimulateOptions } from './simulate.js';
import { writeHistoryFile } from './write-history.js';

export { CAUSES, PLATFORM_CAUSES, type Cause, type PlatformCause } from './causes.js';
export { causesInAction } from './causes-in-action.js';
export { simulate, type SimulateOptions } from './simulate.js';
export { simulateSurroundings, type Surrounding } from './surroundings.js';
export { writeHistoryFile, type WriteHistoryOptions } from './write-history.js';

/**
 * Writes a simulated history to a file; errors as of `writeHistoryFile`.
 *
 * The same options write the same bytes.
 */
export async function simulateToFile(
  options: SimulateOptions,
  path: string,
  { signal, onProgress }: { readonly signal: AbortSignal; readonly onProgress: ProgressListener },
): Promise<{ readonly rows: number }> {
  return writeHistoryFile(path, simulate(options), { signal, onProgress });
}
