import { Option, type Command } from 'commander';
import {
  runBacktest,
  type BacktestReport,
  type PartReport,
  type SubsetReport,
  type WarningRule,
} from '../../model/index.js';
import { count, duration } from '../../features/words.js';
import { addCommand, formatTable, numberIn } from '../command.js';
import { createContext, withDatabase, type CommonOptions } from '../context.js';
import { formatFigure, formatSubset } from '../format-metrics.js';

interface BacktestOptions extends CommonOptions {
  readonly trainFraction: number;
  readonly predictions?: string;
  readonly report?: string;
  readonly folds: number;
  readonly warnAt?: number;
  readonly warningsPerDay?: number;
  readonly replayDays: number;
}

const MOST_FOLDS = 20;

/** `orc backtest`: trains on the first part of the history and scores the rest as it would have been scored then. */
export function addBacktest(program: Command): void {
  addCommand(
    program,
    'backtest',
    'an honest evaluation on the collected history; never changes the model in use',
    'orc backtest --report backtest.html',
  )
    .option(
      '--train-fraction <share>',
      'share of the tries that trains; the later rest tests',
      numberIn(0.05, 0.95),
      0.7,
    )
    .option('--predictions <file>', 'write one CSV row per tested try')
    .option('--report <file>', 'write the evaluation as one HTML page')
    .option(
      '--folds <count>',
      'also train and test so many times, each time on a later part',
      numberIn(0, MOST_FOLDS, true),
      0,
    )
    .addOption(
      new Option('--warn-at <risk>', 'warn when the risk of a DAG run reaches this, from 0 to 1')
        .argParser(numberIn(0, 1))
        .conflicts('warningsPerDay'),
    )
    .option(
      '--warnings-per-day <count>',
      'warn so often (default: as often as there were incidents before)',
      numberIn(0.001, 1_000_000),
    )
    .option(
      '--replay-days <days>',
      'length of the last part whose warnings are listed',
      numberIn(1, 3650),
      30,
    )
    .action(async (options: BacktestOptions) => {
      const { context, finish } = createContext(options);
      try {
        const report = await withDatabase(context, (database) =>
          runBacktest({
            database,
            trainFraction: options.trainFraction,
            predictionsPath: options.predictions ?? null,
            reportPath: options.report ?? null,
            folds: options.folds,
            rule: warningRule(options),
            replayDays: options.replayDays,
            deadlines: context.config.deadlines,
            seed: context.config.model.seed,
            signal: context.signal,
            onProgress: context.progress,
            logger: context.logger,
          }),
        );
        context.print(report, () => formatReport(report, options.report ?? null));
      } finally {
        finish();
      }
    });
}

function warningRule({ warnAt, warningsPerDay }: BacktestOptions): WarningRule {
  if (warnAt !== undefined) return { kind: 'risk', risk: warnAt };
  return warningsPerDay === undefined ? { kind: 'default' } : { kind: 'budget', warningsPerDay };
}

/** The essentials: what the warnings would have been, tables per subset, stages, and where the page is. */
export function formatReport(report: BacktestReport, page: string | null): string {
  const parts = (['all', 'onset'] as const).map((name) => {
    const subset = report.subsets[name];
    const title = name === 'all' ? 'all tested tries' : 'onset: the task had succeeded last time';
    return `${title} (${subset.rows} tries, ${subset.failures} failed)\n${formatSubset([['ORC', subset.model], ...Object.entries(subset.baselines)])}\n${formatChance(subset)}`;
  });
  const { features, train, score } = report.seconds;
  return [
    `trained on ${report.rows.train} tries, tested on the ${report.rows.test} after them`,
    ...parts,
    formatParts(report),
    formatLateness(report),
    formatReplay(report),
    `seconds: features ${features.toFixed(1)}, training ${train.toFixed(1)}, scoring ${score.toFixed(1)}`,
    page === null
      ? 'With --report FILE: the same as a page with pictures, every warning and every miss by name.'
      : `report: ${page}`,
  ].join('\n\n');
}

/** ORC beside the historical rate by stage, for DAG runs and by fold. */
function formatParts({ stages, dag_runs: { failure }, folds }: BacktestReport): string {
  const rows: (readonly [string, PartReport])[] = [
    ...Object.entries(stages).map(([stage, part]) => [`tries, ${stage}`, part] as const),
    ['DAG runs, queued', failure.subsets.all],
    ['DAG runs, queued, onset', failure.subsets.onset],
    ['DAG runs, planned', failure.stages.planned],
    ['DAG runs, running', failure.stages.running],
    ...folds.map(
      (fold) => [`tries, ${fold.from.slice(0, 10)} to ${fold.to.slice(0, 10)}`, fold.subsets.all] as const,
    ),
  ];
  return formatTable(
    ['', 'rows', 'failed', 'average precision', 'historical rate', 'calibration error'],
    rows.map(([name, { rows: total, failures, model, baselines }]) => [
      name,
      total.toString(),
      failures.toString(),
      formatFigure(model.average_precision),
      formatFigure(baselines.historical_rate.average_precision),
      formatFigure(model.expected_calibration_error),
    ]),
  );
}

/** When DAG runs end: forecasts at each stage beside what the DAG's own past would have said. */
function formatLateness({ dag_runs: { lateness } }: BacktestReport): string {
  return formatTable(
    [
      'end of DAG runs',
      'runs',
      'in the 80 % span',
      'late',
      'average precision, late',
      'own share of late runs',
    ],
    Object.entries(lateness.stages).map(([stage, { runs, intervals, late }]) => [
      stage,
      runs.toString(),
      formatFigure(intervals.coverage),
      late.late.toString(),
      formatFigure(late.model.average_precision),
      formatFigure(late.historical_rate.average_precision),
    ]),
  );
}

/** The last days with the threshold in use. */
function formatReplay({ replay }: BacktestReport): string {
  const { warnings, right, missed, lead_seconds: lead, days } = replay;
  const period = days < 1.5 ? duration(days * 86_400) : count(days, 'day');
  const ahead = lead.median === null ? '' : `, a median of ${duration(lead.median)} ahead`;
  return `the last ${period}, replayed with warnings at a risk of ${formatFigure(replay.warn_at)}: ${count(warnings, 'warning')}, ${right} right${ahead}; ${count(missed, 'failure')} missed`;
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
