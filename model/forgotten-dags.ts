/** Says that a history knows of more DAGs than are remembered. */
import type { Logger } from '../core/logger.js';
import { MAX_DAGS } from '../features/keys.js';

/** Warns when any DAG was forgotten, and tells whether it did. */
export function warnOfForgotten(logger: Pick<Logger, 'warn'>, forgotten: number): boolean {
  if (forgotten === 0) return false;
  logger.warn(
    { forgotten, remembered: MAX_DAGS },
    'more DAGs than are remembered: those that no fact has told of for longest are forgotten, and new when they come back',
  );
  return true;
}
