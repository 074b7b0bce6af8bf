import type { Command } from 'commander';
import { importHistoryFile, type ImportResult } from '../../collector/history-file/index.js';
import { addCommand } from '../command.js';
import { createContext, withDatabase, type CommonOptions } from '../context.js';

/** `orc import FILE...` */
export function addImport(program: Command): void {
  addCommand(
    program,
    'import',
    'load history files (CSV or newline-delimited JSON, also .gz)',
    'orc import runs.csv.gz',
  )
    .argument('<file...>', 'history files; docs/history-files.md describes the columns')
    .action(async (files: string[], options: CommonOptions) => {
      const { context, finish } = createContext(options);
      try {
        const results: ImportResult[] = [];
        try {
          await withDatabase(context, async (database) => {
            for (const file of files) {
              results.push(
                await importHistoryFile(database, file, {
                  signal: context.signal,
                  onProgress: context.progress,
                  logger: context.logger,
                  clock: context.clock,
                }),
              );
            }
          });
        } finally {
          // The files before one that fails stay loaded.
          if (results.length > 0)
            context.print({ files: results }, () => results.map(describeImport).join('\n'));
        }
      } finally {
        finish();
      }
    });
}

function describeImport({ file, rows, loaded, duplicates, bad }: ImportResult): string {
  return `${file}: ${rows} rows, ${loaded} loaded, ${duplicates} there already, ${bad} bad`;
}
