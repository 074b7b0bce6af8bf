import type { Command } from 'commander';
import { runTraining } from '../../model/index.js';
import { addCommand } from '../command.js';
import { createContext, withDatabase, type CommonOptions } from '../context.js';
import { formatVersionMetrics } from '../format-metrics.js';

/** `orc train`: trains on the whole fact log and promotes the result where it is no worse than the champion. */
export function addTrain(program: Command): void {
  addCommand(program, 'train', 'train a model on the collected history', 'orc train')
    .option('--no-promote', 'keep the champion; `orc models promote` switches later')
    .option('--warm-start', 'go on from the weights of the model in use, as scheduled trainings do')
    .action(async (options: CommonOptions & { promote: boolean; warmStart?: boolean }) => {
      const { context, finish } = createContext(options);
      try {
        const result = await withDatabase(context, (database) =>
          runTraining({
            database,
            signal: context.signal,
            onProgress: context.progress,
            clock: context.clock,
            logger: context.logger,
            seed: context.config.model.seed,
            warmStarts: options.warmStart === true ? context.config.model.warm_starts : 0,
            promote: options.promote ? 'if_better' : false,
          }),
        );
        context.print(
          result,
          () =>
            `${result.version} (${result.role}): ${result.history.at(-1)?.reason ?? 'not compared'}\n\n${formatVersionMetrics(result.metrics)}`,
        );
      } finally {
        finish();
      }
    });
}
