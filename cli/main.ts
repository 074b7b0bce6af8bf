import { CommanderError } from 'commander';
import { AppError } from '../core/errors.js';
import { describeError } from './describe-error.js';
import { createProgram } from './program.js';
import { ReportedFailure } from './reported-failure.js';

/** Exit codes: 0 done, 1 failed, 2 used wrongly. */
async function main(): Promise<number> {
  try {
    const program = await createProgram(process.argv[2]);
    await program.parseAsync(process.argv);
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (error instanceof ReportedFailure) return 1;
    process.stderr.write(describeError(error));
    return error instanceof AppError && (error.code === 'usage' || error.code === 'config_invalid') ? 2 : 1;
  }
}

process.exitCode = await main();
