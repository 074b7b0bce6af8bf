import {
  countActions,
  decideProposed,
  findAction,
  listActions,
  readStop,
  reportValue,
  setStopped,
} from '../actions/index.js';
import type { Clock } from '../core/clock.js';
import type { Database } from '../core/database/port.js';
import type { ActionDesk } from '../serving/index.js';

export interface ActionDeskOptions {
  readonly database: Database;
  readonly clock: Clock;
  /** Told of each decision that changed something. */
  readonly onDecided: () => void;
}

/** The ledger of actions as the API and the page see it. */
export function createActionDesk({ database, clock, onDecided }: ActionDeskOptions): ActionDesk {
  return {
    list: (filter) => listActions(database, filter),
    find: (id) => findAction(database, id),
    async decide(id, verdict, decider) {
      const decision = await decideProposed(database, id, verdict, decider, clock());
      if (decision.is === 'decided') onDecided();
      return decision;
    },
    stop: () => readStop(database),
    async setStopped(isStopped, { who, requestId }) {
      await setStopped(database, isStopped, who, clock(), requestId);
    },
    async report() {
      const [counts, value] = await Promise.all([countActions(database), reportValue(database)]);
      return { counts, value };
    },
  };
}
