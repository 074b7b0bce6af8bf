import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { adviceFile, readTaskFailures, writeWhole, type AdviceFile } from '../../actions/advice/index.js';
import type { Database } from '../../core/database/port.js';
import { count } from '../../features/words.js';
import { addCommand } from '../command.js';
import { createContext, withDatabase, type CommonOptions, type Context } from '../context.js';

const WATCH_SECONDS = 60;

interface AdviceOptions extends CommonOptions {
  readonly out: string;
  readonly watch?: boolean;
}

/** `orc advice`: writes the file that Airflow's cluster policy reads. */
export function addAdvice(program: Command): void {
  addCommand(
    program,
    'advice',
    "write advice for single tasks (retries, queue), which a cluster policy of Airflow's applies",
    'orc advice --watch --out /var/lib/orc/advice.json',
  )
    .requiredOption('--out <file>', 'file to write, as a whole, where Airflow can read it')
    .option('--watch', 'keep it current until stopped')
    .action(async (options: AdviceOptions) => {
      const { context, finish } = createContext(options);
      try {
        const written = await withDatabase(context, (database) =>
          options.watch === true
            ? keepCurrent(context, database, options.out)
            : writeOnce(context, database, options.out),
        );
        context.print(
          { file: options.out, ...written },
          () =>
            `${options.out}: advice for ${count(taskCount(written), 'task')}, until ${written.valid_until}`,
        );
      } finally {
        finish();
      }
    });
}

async function writeOnce({ config, clock }: Context, database: Database, out: string): Promise<AdviceFile> {
  const now = clock();
  const failures = await readTaskFailures(database, now - config.advice.window_days * 86_400, now);
  const advice = adviceFile(failures, config.advice, now);
  await writeWhole(out, `${JSON.stringify(advice, null, 1)}\n`);
  return advice;
}

/** A write that fails is said and tried again; the first one has to succeed. Returns what was written last. */
async function keepCurrent(context: Context, database: Database, out: string): Promise<AdviceFile> {
  const { logger, signal } = context;
  let written = await writeOnce(context, database, out);
  for (;;) {
    await sleep(WATCH_SECONDS * 1000, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return written;
    try {
      written = await writeOnce(context, database, out);
      logger.debug({ tasks: taskCount(written) }, 'advice written');
    } catch (error) {
      logger.warn({ err: error }, 'advice could not be written; trying again');
    }
  }
}

function taskCount({ deployments }: AdviceFile): number {
  const dags = Object.values(deployments).flatMap((of) => Object.values(of));
  return dags.reduce((sum, tasks) => sum + Object.keys(tasks).length, 0);
}
