/** Rows of the ledger made by hand. */
import { addAction } from '../../../actions/ledger/write.js';
import type { LedgerAction, NewAction } from '../../../actions/ledger/types.js';
import type { Database } from '../../../core/database/port.js';

/** A proposed retry, unless changed. */
export async function addRow(
  database: Database,
  now: number,
  change: Partial<NewAction> = {},
): Promise<LedgerAction> {
  const dagId = change.dagId ?? 'orders';
  const runId = change.runId ?? 'scheduled__2026-11-23T11:00:00+00:00';
  const row = await addAction(
    database,
    {
      deployment: 'production',
      dagId,
      runId,
      pool: null,
      incident: JSON.stringify([dagId, runId]),
      follows: null,
      cause: 'transient_infrastructure',
      mode: 'approve',
      state: 'proposed',
      reason: 'its failure may have passed; a person decides',
      request: { kind: 'retry', dagId, runId },
      dueAt: now + 300,
      arm: 'treated',
      treatedProbability: 0.9,
      ...change,
    },
    now,
  );
  if (row === null) throw new Error(`the ledger has a retry of ${dagId} ${runId}`);
  return row;
}

/** A proposed resizing, unless changed. */
export function addPoolRow(
  database: Database,
  now: number,
  pool: string,
  change: Partial<NewAction> = {},
): Promise<LedgerAction> {
  return addRow(database, now, {
    ...{ dagId: null, runId: null, pool, incident: pool, cause: 'starving_pool' },
    reason: 'tasks have waited for 12 min; growing it from 4 to 6 slots waits for approval (mode approve)',
    request: { kind: 'resize_pool', pool, slots: 6, seenSlots: 4 },
    ...change,
  });
}
