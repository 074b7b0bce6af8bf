/** DAGs that fail of an outage which they share get a row in the ledger, once per block of time. */
import { BLOCK_MINUTES } from '../../core/config/actions.js';
import type { UnixSeconds } from '../../core/facts.js';
import { mayBeAutomatic, type Promotion } from '../ledger/promotions.js';
import { addAction } from '../ledger/write.js';
import { isDrawn } from '../policy/decide.js';
import { decideHold } from '../policy/decide-hold.js';
import { drawFor, drawnColumns } from './drawing.js';
import type { EngineOptions } from './options.js';
import { readSharedOutages } from './shared-outages.js';

export async function decideHolds(
  options: EngineOptions,
  promotions: readonly Promotion[],
  now: UnixSeconds,
): Promise<void> {
  const { database, config, logger } = options;
  const since = now - config.hold.within_minutes * 60;
  const block = Math.floor(now / (BLOCK_MINUTES * 60));
  for (const outage of await readSharedOutages(database, since, config.hold.least_dags)) {
    const { deployment } = outage;
    const isEarned = mayBeAutomatic(promotions, { deployment, kind: 'pause' });
    for (const dagId of outage.dagIds) {
      const incident = JSON.stringify([dagId, block]);
      const unit = { kind: 'incident', deployment, incidentId: incident } as const;
      const draw = await drawFor(options, unit, isDrawn(config, dagId));
      const { verdict, mode, reason } = decideHold(config, outage, draw, isEarned);
      const added = await addAction(
        database,
        {
          ...{ deployment, dagId, runId: null, pool: null, incident, cause: 'shared_outage', mode, reason },
          ...{ ...drawnColumns(draw), state: verdict, request: { kind: 'pause', dagId } },
          ...{ dueAt: now, follows: null },
        },
        now,
      );
      if (added !== null)
        logger.info({ deployment, dag_id: dagId, action: added.id, state: verdict }, `action: ${reason}`);
    }
  }
}
