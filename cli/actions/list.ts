import { Option, type Command } from 'commander';
import { listActions, readStop, type LedgerAction } from '../../actions/index.js';
import { ACTION_STATES, type ActionState } from '../../core/action-terms.js';
import { addCommand, formatTable, numberIn } from '../command.js';
import type { CommonOptions } from '../context.js';
import { iso, withStore } from './with-store.js';

/** `orc actions list` */
export function addList(actions: Command): void {
  addCommand(actions, 'list', 'the latest actions first', 'orc actions list --state proposed')
    .addOption(new Option('--state <state>', 'only those in this state').choices([...ACTION_STATES]))
    .option('--limit <count>', 'at most so many', numberIn(1, 10_000, true), 50)
    .action((options: CommonOptions & { state?: ActionState; limit: number }) =>
      withStore(options, async (database, context) => {
        const states = options.state === undefined ? undefined : [options.state];
        const found = await listActions(database, { states, limit: options.limit });
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
