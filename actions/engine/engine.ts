/** Looks at what is wrong, decides by the policy, and calls what is due: within the guardrails, once, and on record. */
import { createAlarm } from '../../core/alarm.js';
import { asLeader } from '../../core/database/leader.js';
import type { UnixSeconds } from '../../core/facts.js';
import { repeat } from '../../core/repeat.js';
import { readPromotions } from '../ledger/promotions.js';
import { readFailures, type FailureCount } from '../ledger/read-failures.js';
import { readTotals, type ActionTotal } from '../ledger/read.js';
import { callDue, forgetProposals } from './calls.js';
import { decideFailures } from './failures.js';
import type { EngineOptions } from './options.js';
import { decideHolds } from './holds.js';
import { followCalls, judgeAll } from './outcomes.js';
import { decidePools } from './pools.js';

const LEAD = 'actions';
const PASS_SECONDS = 5;
/** For so long a failure counts as one of now. */
const FAILURE_SECONDS = 3600;

export interface LedgerView {
  readonly totals: readonly ActionTotal[];
  /** Of the last hour. */
  readonly failures: readonly FailureCount[];
}

export interface ActionEngine {
  /** One look at everything; what another process does is left to it. Rejects when the database does. */
  readonly pass: () => Promise<void>;
  /** A pass every few seconds until the signal aborts. Never rejects. */
  readonly run: (signal: AbortSignal) => Promise<void>;
  /** Something may be to do: {@link run} makes its next pass at once, or another one after that which is under way. */
  readonly wake: () => void;
  /** What the ledger said at the last pass; null before the first, since counters that begin at 0 would seem to jump. */
  readonly ledger: () => LedgerView | null;
}

export function createActionEngine(options: EngineOptions): ActionEngine {
  const { database, clock, logger } = options;
  let ledger: LedgerView | null = null;
  const alarm = createAlarm();
  const askedAt = new Map<number, UnixSeconds>();

  async function lead(): Promise<void> {
    try {
      const promotions = await readPromotions(database);
      await decideFailures(options, promotions, clock());
      await decidePools(options, promotions, clock());
      await decideHolds(options, promotions, clock());
      await forgetProposals(options);
      await callDue(options);
      for (const look of [() => followCalls(options, askedAt), () => judgeAll(options)])
        await look().catch((error: unknown) => {
          logger.warn({ err: error }, 'what became of some actions could not be read, will be tried again');
        });
    } finally {
      await options.closeSites();
    }
  }

  async function pass(): Promise<void> {
    await asLeader(database, LEAD, lead);
    ledger = {
      totals: await readTotals(database),
      failures: await readFailures(database, clock() - FAILURE_SECONDS),
    };
  }

  return {
    pass,
    wake: () => {
      alarm.ring();
    },
    ledger: () => ledger,
    run: (signal) =>
      repeat(pass, {
        ...{ everySeconds: PASS_SECONDS, signal, logger, alarm },
        failure: 'actions could not be looked at, will be tried again',
      }),
  };
}
