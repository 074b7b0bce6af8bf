import { userInfo } from 'node:os';
import { Argument, InvalidArgumentError, Option, type Command } from 'commander';
import {
  ACTION_STATES,
  changeAction,
  countActions,
  decide,
  demote,
  mayBeAutomatic,
  mayBePromoted,
  precisionOf,
  promote,
  readAction,
  readActions,
  readPromotions,
  readProposals,
  readStop,
  reportValue,
  retrySettingsOf,
  setStopped,
  type ActionCount,
  type ActionKind,
  type ActionState,
  type LedgerAction,
  type Precision,
  type Promotion,
  type ProposalCount,
  type ValueLine,
} from '../../actions/index.js';
import { FAILURE_CLASSES, type FailureClass } from '../../core/facts.js';
import type { Database } from '../../core/database/port.js';
import { AppError } from '../../core/errors.js';
import { readDagTraits } from '../../core/fact-log/read-dag-traits.js';
import { addCommand, addGroup, formatTable, numberIn } from '../command.js';
import { createContext, withDatabase, type CommonOptions, type Context } from '../context.js';

/** `orc actions list/explain/approve/reject/stop/resume/promote/demote/report` */
export function addActions(program: Command): void {
  const actions = addGroup(
    program,
    'actions',
    'what ORC would do, waits to do and has done to Airflow',
    'orc actions list --state proposed',
  );
  addList(actions);
  addExplain(actions);
  addDecision(actions, 'approve', 'let a proposed action be called', 'approved');
  addDecision(actions, 'reject', 'let a proposed action go', 'rejected');
  addSwitch(actions, 'stop', 'do nothing any more, also after a restart', true);
  addSwitch(actions, 'resume', 'act again after a stop', false);
  addPromotion(actions);
  addReport(actions);
}

/** Runs with a context and the store; the context is finished whatever happens. */
async function withStore(
  options: CommonOptions,
  work: (database: Database, context: Context) => Promise<void>,
): Promise<void> {
  const { context, finish } = createContext(options);
  try {
    await withDatabase(context, (database) => work(database, context));
  } finally {
    finish();
  }
}

function addList(actions: Command): void {
  addCommand(actions, 'list', 'the latest actions first', 'orc actions list --state proposed')
    .addOption(new Option('--state <state>', 'only those in this state').choices([...ACTION_STATES]))
    .option('--limit <count>', 'at most so many', numberIn(1, 10_000, true), 50)
    .action((options: CommonOptions & { state?: ActionState; limit: number }) =>
      withStore(options, async (database, context) => {
        const states = options.state === undefined ? ACTION_STATES : [options.state];
        const found = await readActions(database, { states, limit: options.limit });
        const stop = await readStop(database);
        context.print({ stopped: stop, actions: found }, () =>
          [
            ...(stop === null
              ? []
              : [`Stopped by ${stop.by} since ${iso(stop.at)} (orc actions resume lets go).`]),
            formatActions(found),
          ].join('\n'),
        );
      }),
    );
}

function formatActions(found: readonly LedgerAction[]): string {
  if (found.length === 0) return 'No actions.';
  return formatTable(
    ['id', 'state', 'action', 'deployment', 'dag or pool', 'run', 'cause', 'mode', 'by', 'reason'],
    found.map((action) => [
      ...[String(action.id), action.state, action.kind, action.deployment],
      ...[
        action.dagId ?? action.pool ?? '',
        action.runId ?? '-',
        action.cause,
        action.mode,
        action.decidedBy,
      ],
      action.refusal === null ? action.reason : `${action.refusal}: ${action.reason}`,
    ]),
  );
}

function addExplain(actions: Command): void {
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
        context.print({ ...dag, settings, classes: rows }, () =>
          [
            `${dagId} in ${dag.deployment}: mode ${settings.mode}, retries ${settings.classes.join(', ')}, ${settings.delaySeconds / 60} minutes after the failure.`,
            formatTable(
              ['class', 'verdict', 'reason'],
              rows.map((row) => [row.class, row.verdict, row.reason]),
            ),
          ].join('\n'),
        );
      }),
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

const actionId = (text: string): number => {
  const id = Number(text);
  if (!Number.isSafeInteger(id) || id < 1)
    throw new InvalidArgumentError('expected an id, as in orc actions list.');
  return id;
};

function addDecision(
  actions: Command,
  name: 'approve' | 'reject',
  description: string,
  state: 'approved' | 'rejected',
): void {
  addCommand(actions, name, description, `orc actions ${name} 17`)
    .argument('<id>', 'as in orc actions list', actionId)
    .option('--why <reason>', 'kept in the ledger and the audit trail', 'decided by hand')
    .action((id: number, options: CommonOptions & { why: string }) =>
      withStore(options, async (database, context) => {
        const change = { state, reason: options.why };
        const changed = await changeAction(database, id, ['proposed'], change, who(), context.clock());
        if (changed === null) {
          const found = await readAction(database, id);
          throw new AppError(
            'usage',
            found === null ? `there is no action ${id}` : `action ${id} is ${found.state}, not proposed`,
            { fix: 'orc actions list --state proposed shows what waits for a decision.' },
          );
        }
        context.print(changed, `action ${id} is ${state}`);
      }),
    );
}

function addSwitch(actions: Command, name: string, description: string, isStopped: boolean): void {
  addCommand(actions, name, description, `orc actions ${name}`).action((options: CommonOptions) =>
    withStore(options, async (database, context) => {
      const changed = await setStopped(database, isStopped, who(), context.clock());
      const now = isStopped ? 'stopped' : 'not stopped';
      context.print({ stopped: isStopped, changed }, `actions are ${changed ? 'now' : 'already'} ${now}`);
    }),
  );
}

const promotable = (['retry', 'resize_pool', 'pause'] as const).map(String);

function addPromotion(actions: Command): void {
  addCommand(
    actions,
    'promote',
    'let a kind of action be automatic, if it was measured that it helps',
    'orc actions promote retry --deployment prod',
  )
    .addArgument(new Argument('<kind>', 'what may be automatic').choices(promotable))
    .requiredOption('--deployment <name>', 'where')
    .action((kind: ActionKind, options: CommonOptions & { deployment: string }) =>
      withStore(options, async (database, context) => {
        const key = { deployment: options.deployment, kind };
        const { isAllowed, reason } = await mayBePromoted(database, key);
        if (!isAllowed)
          throw new AppError('usage', `${kind} on ${options.deployment} has not earned it: ${reason}`, {
            fix: 'Let it run in mode approve with a hold-out; orc actions report tells how far it is.',
          });
        await promote(database, key, reason, who(), context.clock());
        context.print({ ...key, reason }, `${kind} on ${options.deployment} may be automatic: ${reason}`);
      }),
    );
  addCommand(
    actions,
    'demote',
    'let a person approve a kind of action again',
    'orc actions demote retry --deployment prod',
  )
    .addArgument(new Argument('<kind>', 'what is to be approved again').choices(promotable))
    .requiredOption('--deployment <name>', 'where')
    .action((kind: ActionKind, options: CommonOptions & { deployment: string }) =>
      withStore(options, async (database, context) => {
        const key = { deployment: options.deployment, kind };
        const changed = await demote(database, key, 'demoted by hand', who(), context.clock());
        const now = changed ? 'waits for approval again' : 'was not automatic';
        context.print({ ...key, changed }, `${kind} on ${options.deployment} ${now}`);
      }),
    );
}

function addReport(actions: Command): void {
  addCommand(
    actions,
    'report',
    'what was proposed, decided and done, by action and cause',
    'orc actions report',
  ).action((options: CommonOptions) =>
    withStore(options, async (database, context) => {
      const counts = await countActions(database);
      const value = await reportValue(database);
      const proposals = (await readProposals(database)).map((count) => ({ ...count, ...precisionOf(count) }));
      const promotions = await readPromotions(database);
      context.print({ counts, value, proposals, promotions }, () =>
        [
          formatCounts(counts),
          ...proposals.map(formatProposals),
          ...formatValue(value),
          ...promotions.map(formatPromotion),
        ].join('\n\n'),
      );
    }),
  );
}

function formatCounts(counts: readonly ActionCount[]): string {
  if (counts.length === 0) return 'No actions.';
  return formatTable(
    ['deployment', 'action', 'cause', 'mode', 'state', 'count', 'helped'],
    counts.map((row) => [
      ...[row.deployment, row.kind, row.cause, row.mode, row.state, String(row.count)],
      row.state === 'done' ? String(row.helped) : '-',
    ]),
  );
}

function formatProposals({ kind, judged, right, low, high }: ProposalCount & Precision): string {
  return `Of ${judged} runs for which a ${kind} was only recorded or suggested, and which somebody ran again, ${right} then succeeded (95 % ${low.toFixed(2)} to ${high.toFixed(2)}).`;
}

function formatPromotion({ deployment, kind, promotedAt, demotedAt, reason, ...of }: Promotion): string {
  return demotedAt === null
    ? `${kind} on ${deployment} may be automatic since ${iso(promotedAt)} (${of.promotedBy}: ${reason}).`
    : `${kind} on ${deployment} was demoted at ${iso(demotedAt)}: ${reason}.`;
}

/** By intention to treat: every drawn incident counts in the arm that it was drawn into. */
function formatValue(lines: readonly ValueLine[]): string[] {
  if (lines.length === 0) return [];
  const share = ({ failed, known }: ValueLine['treated']): string =>
    known === 0 ? '-' : `${failed} of ${known}`;
  const effect = (of: ValueLine['failuresAvoided']): string =>
    of === null
      ? 'too few outcomes'
      : `${of.estimate.toFixed(2)} (${of.low.toFixed(2)} to ${of.high.toFixed(2)})`;
  const rows = lines.map(({ kind, cause, treated, heldOut, failuresAvoided, minutesSaved }) => [
    ...[kind ?? 'all', cause ?? 'all', share(treated), share(heldOut)],
    ...[effect(failuresAvoided), effect(minutesSaved)],
  ]);
  const header = [
    ...['action', 'cause', 'failed, treated', 'failed, held out'],
    ...['failures avoided each (95 %)', 'minutes saved each (95 %)'],
  ];
  return [formatTable(header, rows)];
}

const iso = (time: number): string => new Date(time * 1000).toISOString();

/** On the command line, who it is that has the store. */
const who = (): string => `${userInfo().username} (command line)`;
