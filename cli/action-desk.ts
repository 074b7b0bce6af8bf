import {
  countActions,
  decideProposed,
  findAction,
  listActions,
  readStop,
  readTotals,
  reportValue,
  setStopped,
  type ValueLine,
} from '../actions/index.js';
import type { Clock } from '../core/clock.js';
import type { Database } from '../core/database/port.js';
import type { UnixSeconds } from '../core/facts.js';
import type { ActionDesk } from '../serving/index.js';

/** What acting was worth reads the whole ledger: the page, which is asked for often, gets it so old at most. */
const VALUE_SECONDS = 60;

export interface ActionDeskOptions {
  readonly database: Database;
  readonly clock: Clock;
  /** Told of each decision that changed something. */
  readonly onDecided: () => void;
}

/** The ledger of actions as the API and the page see it. */
export function createActionDesk({ database, clock, onDecided }: ActionDeskOptions): ActionDesk {
  let value: { readonly at: UnixSeconds; readonly lines: readonly ValueLine[] } | null = null;
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
    async summary() {
      const now = clock();
      if (value === null || now - value.at >= VALUE_SECONDS)
        value = { at: now, lines: await reportValue(database) };
      return { totals: await readTotals(database), value: value.lines };
    },
    async report() {
      const [counts, value] = await Promise.all([countActions(database), reportValue(database)]);
      return { counts, value };
    },
  };
}
