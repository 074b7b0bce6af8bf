import { AppError, errorMessage } from '../core/errors.js';

/** What the user reads on standard error: an expected failure with its fix, or the stack of an unexpected one. */
export function describeError(error: unknown): string {
  if (error instanceof AppError)
    return `orc: ${error.message}\n${error.fix === undefined ? '' : `     ${error.fix}\n`}`;
  const stack = error instanceof Error ? (error.stack ?? error.message) : errorMessage(error);
  return `orc: unexpected error, please report it: ${stack}\n`;
}
