import { Option, type Command } from 'commander';
import {
  canAct,
  checkGuardrails,
  decide,
  mayBeAutomatic,
  readCalls,
  readPromotions,
  readStop,
  retrySettingsOf,
  type GuardrailRefusal,
} from '../../actions/index.js';
import type { Database } from '../../core/database/port.js';
import type { DagTraits } from '../../core/dag-selector.js';
import { AppError } from '../../core/errors.js';
import { FAILURE_CLASSES, type FailureClass } from '../../core/facts.js';
import { readDagTraits } from '../../core/fact-log/read-dag-traits.js';
import { addCommand, formatTable } from '../command.js';
import type { CommonOptions, Context } from '../context.js';
import { withStore } from './with-store.js';

/** `orc actions explain` */
export function addExplain(actions: Command): void {
  addCommand(
    actions,
    'explain',
    'what would be done about a failed run of a DAG, for each class of failure',
    'orc actions explain finance_daily --class resource',
  )
    .argument('<dag>', 'dag_id')
    .option('--deployment <name>', 'where more than one has a DAG of this id')
    .addOption(new Option('--class <class>', 'only this class of failure').choices([...FAILURE_CLASSES]))
    .action((dagId: string, options: CommonOptions & { deployment?: string; class?: FailureClass }) =>
      withStore(options, async (database, context) => {
        const dag = await findDag(database, dagId, options.deployment);
        const classes = options.class === undefined ? FAILURE_CLASSES : [options.class];
        const { actions: config } = context.config;
        const run = { deployment: dag.deployment, dagId, runId: '', endedAt: 0, waitingLogs: 0 };
        const isEarned = mayBeAutomatic(await readPromotions(database), {
          deployment: dag.deployment,
          kind: 'retry',
        });
        const rows = classes.map((failureClass) => {
          const decision = decide(config, dag, { ...run, classes: [failureClass] }, null, isEarned, 0);
          return { class: failureClass, verdict: decision.verdict, reason: decision.reason };
        });
        const settings = retrySettingsOf(config, dag);
        const held = await heldBackNow(database, context, dag);
        context.print({ ...dag, settings, classes: rows, held_back_now: held }, () =>
          [
            `${dagId} in ${dag.deployment}: mode ${settings.mode}, retries ${settings.classes.join(', ')}, ${settings.delaySeconds / 60} minutes after the failure.`,
            formatTable(
              ['class', 'verdict', 'reason'],
              rows.map((row) => [row.class, row.verdict, row.reason]),
            ),
            ...(held === null ? [] : [`Nothing is called now: ${held.guardrail}, ${held.reason}.`]),
          ].join('\n'),
        );
      }),
    );
}

/** The guardrail that a retry of this DAG would meet now; what only a running `orc up` knows is taken as it should be. */
async function heldBackNow(
  database: Database,
  { config, clock }: Context,
  { deployment, dagId }: DagTraits,
): Promise<GuardrailRefusal | null> {
  const now = clock();
  const configured = config.deployments.find(({ name }) => name === deployment);
  return checkGuardrails(
    config.actions,
    { kind: 'retry', dagId, pool: null, mode: 'approve' },
    {
      ...{ now, stop: await readStop(database), collectedAt: now, calibrationError: null, isEarned: true },
      hasCredential: configured !== undefined && canAct(configured),
      calls: await readCalls(database, deployment, now - 86_400),
    },
  );
}

async function findDag(database: Database, dagId: string, deployment: string | undefined) {
  const named = (await readDagTraits(database)).filter((dag) => dag.dagId === dagId);
  const found = named.filter((dag) => deployment === undefined || dag.deployment === deployment);
  if (found.length === 1) return found[0]!;
  if (found.length > 1)
    throw new AppError('usage', `${found.length} deployments have a DAG ${dagId}`, {
      fix: `Name one: --deployment ${found.map((dag) => dag.deployment).join('|')}.`,
    });
  const where = deployment === undefined ? '' : ` of deployment ${deployment}`;
  throw new AppError('usage', `no DAG ${dagId}${where} is known`, {
    fix: 'orc collect reads the DAGs of the configured Airflow.',
  });
}
