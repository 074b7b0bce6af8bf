/** Rows of the ledger made by hand. */
import { addAction } from '../../../actions/ledger/ledger.js';
import type { LedgerAction, NewAction } from '../../../actions/ledger/types.js';
import type { Database } from '../../../core/database/port.js';

/** A proposed retry, unless changed. */
export async function addRow(
  database: Database,
  now: number,
  change: Partial<NewAction> & { readonly dagId?: string; readonly runId?: string } = {},
): Promise<LedgerAction> {
  const { dagId = 'orders', runId = 'scheduled__2026-11-23T11:00:00+00:00' } = change;
  const row = await addAction(
    database,
    {
      deployment: 'production',
      dagId,
      runId,
      kind: 'retry',
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
