import { decideProposed, listActions, listActionsOf } from '../actions/index.js';
import { teamOf, type ActionSource } from '../alerts/index.js';
import type { Clock } from '../core/clock.js';
import type { TeamConfig } from '../core/config/teams.js';
import type { Database } from '../core/database/port.js';
import { readDagTraits } from '../core/fact-log/read-dag-traits.js';

/** Of those that wait, so many are looked at: more than are ever told at once. */
const MOST_PROPOSED = 100;

export interface ActionSourceOptions {
  readonly database: Database;
  readonly teams: readonly TeamConfig[];
  readonly clock: Clock;
  /** Told of each decision that changed something. */
  readonly onDecided: () => void;
}

/** The ledger of actions as messages see it. */
export function createActionSource({ database, teams, clock, onDecided }: ActionSourceOptions): ActionSource {
  return {
    async read(ids) {
      const [proposed, asked] = await Promise.all([
        listActions(database, { states: ['proposed'], limit: MOST_PROPOSED }),
        ids.length === 0 ? [] : listActionsOf(database, ids),
      ]);
      return [...new Map([...proposed, ...asked].map((action) => [action.id, action])).values()];
    },
    async teamOf({ deployment, dagId }) {
      if (dagId === null) return null;
      const known = await readDagTraits(database);
      const dag = known.find((one) => one.deployment === deployment && one.dagId === dagId);
      return teamOf(teams, dag ?? { deployment, dagId, tags: [], owners: [] });
    },
    async decide(id, verdict, decider) {
      const decision = await decideProposed(database, id, verdict, decider, clock());
      if (decision.is === 'decided') onDecided();
      return decision;
    },
  };
}
