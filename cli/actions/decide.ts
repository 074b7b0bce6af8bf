import { InvalidArgumentError, type Command } from 'commander';
import { decideProposed, setStopped } from '../../actions/index.js';
import { AppError } from '../../core/errors.js';
import { addCommand } from '../command.js';
import type { CommonOptions } from '../context.js';
import { who, withStore } from './with-store.js';

const actionId = (text: string): number => {
  const id = Number(text);
  if (!Number.isSafeInteger(id) || id < 1)
    throw new InvalidArgumentError('expected an id, as in orc actions list.');
  return id;
};

/** `orc actions approve` and `reject` */
export function addDecision(
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
        const decider = { who: who(), why: options.why, requestId: null };
        const decision = await decideProposed(database, id, state, decider, context.clock());
        if (decision.is !== 'decided')
          throw new AppError(
            'usage',
            decision.is === 'unknown'
              ? `there is no action ${id}`
              : `action ${id} is ${decision.action.state}, not proposed`,
            { fix: 'orc actions list --state proposed shows what waits for a decision.' },
          );
        context.print(decision.action, `action ${id} is ${state}`);
      }),
    );
}

/** `orc actions stop` and `resume` */
export function addSwitch(actions: Command, name: string, description: string, isStopped: boolean): void {
  addCommand(actions, name, description, `orc actions ${name}`).action((options: CommonOptions) =>
    withStore(options, async (database, context) => {
      const changed = await setStopped(database, isStopped, who(), context.clock());
      const now = isStopped ? 'stopped' : 'not stopped';
      context.print({ stopped: isStopped, changed }, `actions are ${changed ? 'now' : 'already'} ${now}`);
    }),
  );
}
