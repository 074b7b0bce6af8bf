/** Failed runs get a row in the ledger: what is to be done about them, or why nothing is. */
import type { UnixSeconds } from '../../core/facts.js';
import { readSalt } from '../ledger/control.js';
import { mayBeAutomatic, type Promotion } from '../ledger/promotions.js';
import { addAction } from '../ledger/write.js';
import { decide, isDrawn } from '../policy/decide.js';
import { drawArm } from '../value/draw.js';
import { readFailedRuns } from './failed-runs.js';
import type { EngineOptions } from './options.js';

/** Runs that failed longer ago are history: nobody waits for them. */
const NEW_SECONDS = 3600;

export async function decideRetries(
  { database, config, logger }: EngineOptions,
  promotions: readonly Promotion[],
  now: UnixSeconds,
): Promise<void> {
  const failures = await readFailedRuns(database, now - NEW_SECONDS);
  if (failures.length === 0) return;
  const salt = await readSalt(database);
  for (const { run, dag } of failures) {
    const { deployment, dagId, runId } = run;
    const incident = JSON.stringify([dagId, runId]);
    const draw =
      config.held_out_share > 0 && isDrawn(config, dagId)
        ? drawArm(salt, { kind: 'incident', deployment, incidentId: incident }, config.held_out_share)
        : null;
    const isEarned = mayBeAutomatic(promotions, { deployment, kind: 'retry' });
    const { verdict, mode, cause, reason, dueAt } = decide(config, dag, run, draw, isEarned, now);
    if (verdict === 'wait') continue;
    const drawn = verdict === 'recommended' ? null : draw;
    const added = await addAction(
      database,
      {
        ...{ deployment, dagId, runId, pool: null, incident, cause, mode, state: verdict, reason, dueAt },
        request: { kind: 'retry', dagId, runId },
        ...{ arm: drawn?.arm ?? null, treatedProbability: drawn?.treatedProbability ?? null, follows: null },
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
