import { Option, type Command } from 'commander';
import {
  canAct,
  checkGuardrails,
  decide,
  decideTrigger,
  mayBeAutomatic,
  readCalls,
  readPromotions,
  readStop,
  retrySettingsOf,
  type GuardrailRefusal,
  type Promotion,
} from '../../actions/index.js';
import type { Database } from '../../core/database/port.js';
import type { ActionsConfig } from '../../core/config/actions.js';
import { selects, type DagTraits } from '../../core/dag-selector.js';
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
        const known = await readDagTraits(database);
        const dag = findDag(known, dagId, options.deployment);
        const classes = options.class === undefined ? FAILURE_CLASSES : [options.class];
        const { actions: config } = context.config;
        const promotions = await readPromotions(database);
        const rows = classes.flatMap((failureClass) => explainClass(config, dag, promotions, failureClass));
        const settings = retrySettingsOf(config, dag);
        const unknown = unknownStarts(config, dag, known);
        const held = await heldBackNow(database, context, dag);
        context.print({ ...dag, settings, classes: rows, unknown_dags: unknown, held_back_now: held }, () =>
          [
            `${dagId} in ${dag.deployment}: mode ${settings.mode}, retries ${settings.classes.join(', ')}, ${settings.delaySeconds / 60} minutes after the failure${settings.mostRisk < 1 ? `, unless its next run fails with a probability above ${settings.mostRisk}` : ''}.`,
            formatTable(
              ['class', 'action', 'verdict', 'reason'],
              rows.map((row) => [row.class, row.action, row.verdict, row.reason]),
            ),
            ...unknown.map((start) => `No DAG ${start} is known in ${dag.deployment}: it cannot be started.`),
            ...(held === null ? [] : [`Nothing is called now: ${held.guardrail}, ${held.reason}.`]),
          ].join('\n'),
        );
      }),
    );
}

interface ExplainedClass {
  readonly class: FailureClass;
  readonly action: 'retry' | 'trigger';
  readonly verdict: string;
  readonly reason: string;
}

/** As the engine decides, with nothing held out: two lines where a trigger is only recorded or suggested. */
function explainClass(
  config: ActionsConfig,
  dag: DagTraits,
  promotions: readonly Promotion[],
  failureClass: FailureClass,
): ExplainedClass[] {
  const { deployment, dagId } = dag;
  const run = { deployment, dagId, runId: '', endedAt: 0, waitingLogs: 0, classes: [failureClass] };
  const isEarned = (kind: 'retry' | 'trigger'): boolean => mayBeAutomatic(promotions, { deployment, kind });
  const trigger = decideTrigger(config, dag, run, null, isEarned('trigger'));
  const decided = [
    ...(trigger === null ? [] : [{ action: 'trigger' as const, ...trigger }]),
    ...(trigger?.isInPlaceOfRetry === true
      ? []
      : [{ action: 'retry' as const, ...decide(config, dag, run, null, isEarned('retry'), 0) }]),
  ];
  return decided.map(({ action, verdict, reason }) => ({ class: failureClass, action, verdict, reason }));
}

/** DAGs that rules would start after a failure of this one, and that its deployment does not have. */
function unknownStarts(config: ActionsConfig, dag: DagTraits, known: readonly DagTraits[]): string[] {
  const starts = config.trigger.rules.filter((rule) => selects(rule, dag)).map(({ start }) => start);
  return [...new Set(starts)].filter(
    (start) => !known.some(({ deployment, dagId }) => deployment === dag.deployment && dagId === start),
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
    { dagId, pool: null, mode: 'approve', request: { kind: 'retry', dagId, runId: '' } },
    {
      ...{ now, stop: await readStop(database), collectedAt: now, calibrationError: null, isEarned: true },
      hasCredential: configured !== undefined && canAct(configured),
      calls: await readCalls(database, deployment, now - 86_400),
    },
  );
}

function findDag(known: readonly DagTraits[], dagId: string, deployment: string | undefined): DagTraits {
  const named = known.filter((dag) => dag.dagId === dagId);
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
