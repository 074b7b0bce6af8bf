import { Argument, type Command } from 'commander';
import { demote, mayBePromoted, promote } from '../../actions/index.js';
import type { ActionKind } from '../../core/action-terms.js';
import { AppError } from '../../core/errors.js';
import { addCommand } from '../command.js';
import type { CommonOptions } from '../context.js';
import { who, withStore } from './with-store.js';

const PROMOTABLE = (['retry', 'trigger', 'resize_pool', 'pause'] as const).map(String);

/** `orc actions promote` and `demote` */
export function addPromotion(actions: Command): void {
  addCommand(
    actions,
    'promote',
    'let a kind of action be automatic, if it was measured that it helps',
    'orc actions promote retry --deployment prod',
  )
    .addArgument(new Argument('<kind>', 'what may be automatic').choices(PROMOTABLE))
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
    .addArgument(new Argument('<kind>', 'what is to be approved again').choices(PROMOTABLE))
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
