import { InvalidArgumentError, Option, type Command } from 'commander';
import { AppError } from '../core/errors.js';
import { LOG_LEVELS } from '../core/logger.js';

/** Adds a subcommand with the options that every command has, and an example in its help. */
export function addCommand(parent: Command, usage: string, description: string, example: string): Command {
  return parent
    .command(usage)
    .description(description)
    .option('--config <file>', 'configuration file (default: ./orc.yaml where it exists)')
    .option('--data-dir <dir>', 'folder of the embedded database')
    .option('--json', 'print one JSON document on standard output')
    .addOption(
      new Option('--log-level <level>', 'least severity logged on standard error').choices([...LOG_LEVELS]),
    )
    .addHelpText('after', `\nExample:\n  $ ${example}\n`)
    .exitOverride();
}

/** Adds a command that only holds others, with an example in its help. */
export function addGroup(parent: Command, name: string, description: string, example: string): Command {
  return parent
    .command(name)
    .description(description)
    .addHelpText('after', `\nExample:\n  $ ${example}\n`)
    .exitOverride();
}

/** A number in a range, for commander. */
export function numberIn(minimum: number, maximum: number, integer = false): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (
      text.trim() === '' ||
      !(value >= minimum && value <= maximum) ||
      (integer && !Number.isInteger(value))
    ) {
      throw new InvalidArgumentError(
        `expected ${integer ? 'a whole number' : 'a number'} from ${minimum} to ${maximum}.`,
      );
    }
    return value;
  };
}

/** An ISO 8601 time with a zone, as Unix seconds. */
export function isoTime(text: string): number {
  const value = Date.parse(text);
  if (Number.isNaN(value) || !/(Z|[+-]\d\d:?\d\d)$/i.test(text)) {
    throw new InvalidArgumentError('expected a time with a zone, such as 2026-11-01T00:00:00Z.');
  }
  return value / 1000;
}

/** Columns of text, left-aligned, two spaces apart. */
export function formatTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = header.map((name, column) =>
    Math.max(name.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd();
  return [line(header), ...rows.map(line)].join('\n');
}

/** @throws AppError `usage` when nothing is configured to collect from. */
export function requireDeployments<T>(deployments: readonly T[]): readonly T[] {
  if (deployments.length > 0) return deployments;
  throw new AppError('usage', '`deployments` is empty: no Airflow is configured', {
    fix: 'Run orc init, or set ORC_AIRFLOW_URL, ORC_AIRFLOW_USERNAME and ORC_AIRFLOW_PASSWORD.',
  });
}
