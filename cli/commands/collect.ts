import type { Command } from 'commander';
import { collectAirflow, type CollectResult, type Kind } from '../../collector/airflow/index.js';
import type { DeploymentConfig } from '../../core/config/schema.js';
import type { Database } from '../../core/database/port.js';
import { AppError } from '../../core/errors.js';
import { addCommand, formatTable, isoTime, requireDeployments } from '../command.js';
import { createContext, withDatabase, type CommonOptions, type Context } from '../context.js';
import { describeError } from '../describe-error.js';
import { ReportedFailure } from '../reported-failure.js';

interface CollectOptions extends CommonOptions {
  readonly since?: number;
}

type Collected = { readonly deployment: string } & CollectResult;

interface Failed {
  readonly deployment: string;
  readonly error: { readonly code: string; readonly message: string; readonly fix: string | null };
}

/** `orc collect`: one pass over every deployment; one that fails holds no other back. */
export function addCollect(program: Command): void {
  addCommand(
    program,
    'collect',
    'collect run history from Airflow once',
    'orc collect --since 2026-01-01T00:00:00Z',
  )
    .option('--since <time>', 'how far back the first collection reaches (default: history_days)', isoTime)
    .action(async (options: CollectOptions) => {
      const { context, finish } = createContext(options);
      try {
        const deployments = requireDeployments(context.config.deployments);
        const outcomes = await withDatabase(context, async (database) => {
          const results: (Collected | Failed)[] = [];
          for (const deployment of deployments)
            results.push(await collect(deployment, database, context, options.since));
          return results;
        });
        const collected = outcomes.filter((outcome): outcome is Collected => !('error' in outcome));
        if (collected.length > 0 || options.json === true)
          context.print({ deployments: outcomes }, () => formatResults(collected));
        if (collected.length < outcomes.length) throw new ReportedFailure();
      } finally {
        finish();
      }
    });
}

async function collect(
  deployment: DeploymentConfig,
  database: Database,
  context: Context,
  since: number | undefined,
): Promise<Collected | Failed> {
  const { name, history_days } = deployment;
  try {
    const result = await collectAirflow(deployment, {
      database,
      since: since ?? context.clock() - history_days * 86_400,
      logger: context.logger.child({ deployment: name }),
      clock: context.clock,
      signal: context.signal,
      onProgress: context.progress,
      tuning: { platformDays: context.config.retention.platform_fact_days },
    });
    return { deployment: name, ...result };
  } catch (error) {
    if (!(error instanceof AppError) || OF_ALL.has(error.code)) throw error;
    process.stderr.write(describeError(error));
    const { code, message, fix = null } = error;
    return { deployment: name, error: { code, message, fix } };
  }
}

/** What ends the work on every deployment. */
const OF_ALL: ReadonlySet<string> = new Set(['cancelled', 'config_invalid', 'database_unavailable']);

/** Kinds of facts in the words of people. */
const KINDS: Readonly<Record<Kind, string>> = {
  dags: 'DAGs',
  tasks: 'tasks',
  dagRuns: 'DAG runs',
  tries: 'tries',
  pools: 'pools',
  dagVersions: 'DAG versions',
  assets: 'assets',
  dagDependencies: 'DAG dependencies',
  assetEvents: 'asset events',
  importErrors: 'import errors',
  eventLog: 'event log',
  deadlines: 'deadlines',
  platform: 'platform measurements',
};

function formatResults(results: readonly Collected[]): string {
  const rows = results.flatMap((result) =>
    (Object.keys(KINDS) as Kind[]).map((kind) => [
      result.deployment,
      KINDS[kind],
      String(result[kind].received),
      String(result[kind].appended),
    ]),
  );
  return formatTable(['deployment', 'what', 'received', 'new'], rows);
}
