import type { Command } from 'commander';
import { runBacktest, type BacktestReport, type SubsetReport } from '../../model/index.js';
import { addCommand, numberIn } from '../command.js';
import { createContext, withDatabase, type CommonOptions } from '../context.js';
import { formatFigure, formatSubset } from '../format-metrics.js';

interface BacktestOptions extends CommonOptions {
  readonly trainFraction: number;
  readonly predictions?: string;
}

/** `orc backtest`: trains on the first part of the history and scores the rest as it would have been scored then. */
export function addBacktest(program: Command): void {
  addCommand(
    program,
    'backtest',
    'an honest evaluation on the collected history; never changes the model in use',
    'orc backtest --json',
  )
    .option(
      '--train-fraction <share>',
      'share of the tries that trains; the later rest tests',
      numberIn(0.05, 0.95),
      0.7,
    )
    .option('--predictions <file>', 'write one CSV row per tested try')
    .action(async (options: BacktestOptions) => {
      const { context, finish } = createContext(options);
      try {
        const report = await withDatabase(context, (database) =>
          runBacktest({
            database,
            trainFraction: options.trainFraction,
            predictionsPath: options.predictions ?? null,
            seed: context.config.model.seed,
            signal: context.signal,
            onProgress: context.progress,
            logger: context.logger,
          }),
        );
        context.print(report, () => formatReport(report));
      } finally {
        finish();
      }
    });
}

/** The report as tables, one per subset. */
export function formatReport(report: BacktestReport): string {
  const parts = (['all', 'onset'] as const).map((name) => {
    const subset = report.subsets[name];
    const title = name === 'all' ? 'all tested tries' : 'onset: the task had succeeded last time';
    return `${title} (${subset.rows} tries, ${subset.failures} failed)\n${formatSubset([['ORC', subset.model], ...Object.entries(subset.baselines)])}\n${formatChance(subset)}`;
  });
  const { features, train, score } = report.seconds;
  return `trained on ${report.rows.train} tries, tested on the ${report.rows.test} after them\n\n${parts.join('\n\n')}\n\nseconds: features ${features.toFixed(1)}, training ${train.toFixed(1)}, scoring ${score.toFixed(1)}`;
}

/** How far the figures lie beyond chance. */
function formatChance({ chance, model }: SubsetReport): string {
  const { average_precision: precision, brier, perfect_calibration_error: perfect } = chance;
  const differences = [
    ['average precision', precision],
    ['Brier', brier],
  ] as const;
  const lines = differences.map(([name, difference]) =>
    difference === null
      ? `${name}, ORC minus historical rate: -`
      : `${name}, ORC minus historical rate: ${formatFigure(difference.difference)} (95 % of resampled runs: ${difference.interval.map(formatFigure).join(' to ')})`,
  );
  return [
    ...lines,
    `calibration error: ${formatFigure(model.expected_calibration_error)}; a perfect forecast stays below ${formatFigure(perfect)} in 19 of 20 cases`,
  ].join('\n');
}
