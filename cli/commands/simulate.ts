import type { Command } from 'commander';
import { simulateToFile } from '../../datasets/simulator/index.js';
import { addCommand, numberIn } from '../command.js';
import { createContext, type CommonOptions } from '../context.js';

interface SimulateOptions extends CommonOptions {
  readonly dags: number;
  readonly days: number;
  readonly seed: number;
}

/** `orc simulate FILE` */
export function addSimulate(program: Command): void {
  addCommand(
    program,
    'simulate',
    'write a seeded synthetic history with known causes',
    'orc simulate history.csv.gz --dags 100 --days 60',
  )
    .argument('<file>', 'file to write; .csv or .ndjson, with .gz to compress')
    .option('--dags <n>', 'number of DAGs', numberIn(1, 100_000, true), 50)
    .option('--days <n>', 'days of history', numberIn(1, 3650, true), 60)
    .option('--seed <n>', 'the same seed writes the same bytes', numberIn(0, 2 ** 31 - 1, true), 1)
    .action(async (file: string, options: SimulateOptions) => {
      const { context, finish } = createContext(options);
      try {
        const { dags, days, seed } = options;
        const result = await simulateToFile({ dags, days, seed }, file, {
          signal: context.signal,
          onProgress: context.progress,
        });
        context.print({ file, ...result }, `${file}: ${result.rows} tries of ${dags} DAGs over ${days} days`);
      } finally {
        finish();
      }
    });
}
