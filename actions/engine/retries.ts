/** Failed runs get a row in the ledger: what is to be done about them, or why nothing is. */
import type { UnixSeconds } from '../../core/facts.js';
import { mayBeAutomatic, type Promotion } from '../ledger/promotions.js';
import { addAction } from '../ledger/write.js';
import { decide, isDrawn } from '../policy/decide.js';
import { drawFor, drawnColumns } from './drawing.js';
import { readFailedRuns } from './failed-runs.js';
import type { EngineOptions } from './options.js';

/** Runs that failed longer ago are history: nobody waits for them. */
const NEW_SECONDS = 3600;

export async function decideRetries(
  options: EngineOptions,
  promotions: readonly Promotion[],
  now: UnixSeconds,
): Promise<void> {
  const { database, config, logger } = options;
  const failures = await readFailedRuns(database, now - NEW_SECONDS);
  for (const { run, dag } of failures) {
    const { deployment, dagId, runId } = run;
    const incident = JSON.stringify([dagId, runId]);
    const unit = { kind: 'incident', deployment, incidentId: incident } as const;
    const draw = await drawFor(options, unit, isDrawn(config, dagId));
    const isEarned = mayBeAutomatic(promotions, { deployment, kind: 'retry' });
    const { verdict, mode, cause, reason, dueAt } = decide(config, dag, run, draw, isEarned, now);
    if (verdict === 'wait') continue;
    const drawn = verdict === 'recommended' ? null : draw;
    const added = await addAction(
      database,
      {
        ...{ deployment, dagId, runId, pool: null, incident, cause, mode, state: verdict, reason, dueAt },
        request: { kind: 'retry', dagId, runId },
        ...{ ...drawnColumns(drawn), follows: null },
      },
      now,
    );
    if (added !== null)
      logger.info(
        { deployment, dag_id: dagId, run_id: runId, action: added.id, state: verdict },
        `action: ${reason}`,
      );
  }
}
