import type { Command } from 'commander';
import { AppError } from '../../core/errors.js';
import { checksDocument, createRecorder, summarise } from '../checks/check.js';
import { formatChecks } from '../checks/format-checks.js';
import { runChecks } from '../checks/run-checks.js';
import { addCommand } from '../command.js';
import { createContext, printResult, type CommonOptions, type Running } from '../context.js';
import { ReportedFailure } from '../reported-failure.js';

/** `orc check`: every configured connection and permission. */
export function addCheck(program: Command): void {
  addCommand(
    program,
    'check',
    'test every configured connection and permission, and say how to fix what is missing',
    'orc check --config orc.yaml',
  ).action(async (options: CommonOptions) => {
    const { context, finish } = open(options);
    try {
      const checks = await runChecks(context);
      context.print(checksDocument(checks), () => formatChecks(checks));
      if (summarise(checks).failed > 0) throw new ReportedFailure();
    } finally {
      finish();
    }
  });
}

/** A configuration that cannot be read is a finding like any other, so that `--json` always prints its document. */
function open(options: CommonOptions): Running {
  try {
    return createContext(options);
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'config_invalid') throw error;
    const { checks, record } = createRecorder(null, () => undefined);
    const fix = error.fix ?? 'Correct it as it says, or run orc init --force to write a new one.';
    record('configuration', 'failed', error.message, fix);
    printResult(options.json === true, checksDocument(checks), formatChecks(checks));
    throw new ReportedFailure();
  }
}
