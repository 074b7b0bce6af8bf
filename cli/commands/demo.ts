import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { asLeader } from '../../core/database/leader.js';
import { migrate } from '../../core/database/migrate.js';
import type { Database } from '../../core/database/port.js';
import { AppError } from '../../core/errors.js';
import type { UnixSeconds } from '../../core/facts.js';
import { readRecording, recordingsFolder } from '../../datasets/recording/read.js';
import { endAround, stretchRecording } from '../../datasets/recording/stretch.js';
import { runBacktest, runTraining } from '../../model/index.js';
import { createApp, type App } from '../app.js';
import { addCommand, numberIn } from '../command.js';
import { createContext, withDatabase, type CommonOptions, type Context } from '../context.js';
import { DemoPlayer } from '../demo-player.js';
import { formatFigure } from '../format-metrics.js';

interface DemoOptions extends CommonOptions {
  readonly port?: number;
}

/** Share of the recorded time before now that is loaded as history; the rest is replayed. */
const PAST_SHARE = 0.75;
/** Recorded time between two scorings of the replay. */
const REPLAY_STEP_SECONDS = 3 * 3600;
const LIVE_STEP_MS = 2000;

/** `orc demo`: the whole loop on a shipped recording of a real Airflow. */
export function addDemo(program: Command): void {
  addCommand(
    program,
    'demo',
    'the whole loop on a shipped recording of a real Airflow, with no configuration',
    'orc demo',
  )
    .option('--port <port>', 'port to listen on; 0 takes a free one', numberIn(0, 65_535, true))
    .addHelpText(
      'after',
      '\nThe demo keeps a database of its own in <data-dir>/demo and starts it anew each time.\n',
    )
    .action(async (options: DemoOptions) => {
      const { context, finish } = createContext(
        { logLevel: 'warn', ...options },
        { 'server.port': options.port },
      );
      const config = {
        ...context.config,
        database_url: null,
        data_dir: join(context.config.data_dir, 'demo'),
        deployments: [],
      };
      try {
        await withDatabase({ ...context, config }, async (database) => {
          // Two would empty each other's database.
          const alone = await asLeader(database, 'demo', () =>
            runDemo({ ...context, config }, database, options.json === true),
          );
          if (alone === null) throw demoRuns(config.data_dir);
        });
      } finally {
        finish();
      }
    });
}

function demoRuns(folder: string): AppError {
  return new AppError('conflict', `Another demo uses ${folder}`, {
    fix: 'Stop it first, or give this one a folder of its own: `orc demo --data-dir DIR --port 0`.',
  });
}

async function runDemo(context: Context, database: Database, json: boolean): Promise<void> {
  const say = (text: string): void => {
    if (!json) context.print(null, text);
  };
  let now: UnixSeconds | null = null;
  const app = createApp({ context, database, clock: () => now ?? context.clock() });
  const address = await app.server.listen();
  try {
    await startAnew(context, database);
    const recorded = readRecording(recordingsFolder(), 'platform');
    const recording = stretchRecording(recorded, endAround(recorded.card.calendarEnd, context.clock()));
    const { recordedFrom } = recording.card;
    say(
      `A recording of a real Airflow ${recorded.card.airflowVersion}: ${recorded.dags.length} DAGs, ${recorded.tries.length} tries, its minutes stretched to days.`,
    );
    const until = context.clock();
    const split = recordedFrom + PAST_SHARE * (until - recordedFrom);
    const player = new DemoPlayer(database, recording);
    const tries = await player.loadPast(split);
    say(`  loaded     ${tries} tries of ${days(split - recordedFrom)} days into a private PostgreSQL`);
    now = split;
    const report = await evaluate(context, database);
    say(`  backtest   ${report}`);
    const trained = await runTraining({
      database,
      signal: context.signal,
      onProgress: context.progress,
      clock: () => split,
      logger: context.logger,
      seed: context.config.model.seed,
      promote: true,
    });
    say(`  trained    ${trained.version}`);
    await app.scorer.start();
    say(`  serving    ${address}`);
    await replay(context, app, player, split, until, (time) => (now = time));
    now = null;
    await app.scorer.refresh();
    say(`  replayed   ${days(until - split)} days as if live`);
    context.print(
      { address, tries, model_version: trained.version },
      `\nOpen ${address} and see the riskiest DAGs. The recording goes on in real time. Ctrl-C stops.`,
    );
    await Promise.all([
      goOn(context, app, player),
      app.quality.run(context.signal),
      app.notifications.run(context.signal),
      app.thresholds.run(context.signal),
    ]);
  } finally {
    await app.stop();
  }
}

/** Empties the demo's own database. */
async function startAnew(context: Context, database: Database): Promise<void> {
  await database.execute('DROP SCHEMA public CASCADE');
  await database.execute('CREATE SCHEMA public');
  await migrate(database, { logger: context.logger });
}

async function evaluate(context: Context, database: Database): Promise<string> {
  const { signal, logger, progress: onProgress } = context;
  const seed = context.config.model.seed;
  const report = await runBacktest({
    database,
    trainFraction: 0.7,
    predictionsPath: null,
    seed,
    signal,
    onProgress,
    logger,
  });
  const { rows, model, baselines } = report.subsets.all;
  return `average precision ${formatFigure(model.average_precision)} (historical rate ${formatFigure(baselines.historical_rate.average_precision)}), calibration error ${formatFigure(model.expected_calibration_error)}, on the last ${rows} tries`;
}

async function replay(
  context: Context,
  app: App,
  player: DemoPlayer,
  from: UnixSeconds,
  until: UnixSeconds,
  setNow: (time: UnixSeconds) => void,
): Promise<void> {
  for (let time = from; time < until && !context.signal.aborted;) {
    time = Math.min(until, time + REPLAY_STEP_SECONDS);
    await player.playTo(time);
    setNow(time);
    await app.scorer.refresh();
    context.progress({
      step: 'replaying as if live',
      done: (time - from) / 86_400,
      total: (until - from) / 86_400,
      unit: 'days',
    });
  }
}

async function goOn(context: Context, app: App, player: DemoPlayer): Promise<void> {
  while (!context.signal.aborted) {
    const { tries, dagRuns } = await player.playTo(context.clock());
    if (tries.length + dagRuns.length > 0) app.scorer.notify();
    await sleep(LIVE_STEP_MS, undefined, { signal: context.signal }).catch(() => undefined);
  }
}

const days = (seconds: number): string => (seconds / 86_400).toFixed(1);
