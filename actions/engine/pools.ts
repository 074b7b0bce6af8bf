/** Starving pools get a row in the ledger, once per pool and block of time. */
import { BLOCK_MINUTES } from '../../core/config/actions.js';
import type { UnixSeconds } from '../../core/facts.js';
import { mayBeAutomatic, type Promotion } from '../ledger/promotions.js';
import { addAction } from '../ledger/write.js';
import { decidePool, isPoolDrawn } from '../policy/decide-pool.js';
import { poolUnit } from '../value/draw.js';
import { drawFor, drawnColumns } from './drawing.js';
import type { EngineOptions } from './options.js';
import { readStarvedMinutes, readStarvingPools } from './starving-pools.js';

export async function decidePools(
  options: EngineOptions,
  promotions: readonly Promotion[],
  now: UnixSeconds,
): Promise<void> {
  const { database, config, collectedAt, logger } = options;
  const { starving_minutes: minutes } = config.pool;
  for (const { deployment, pool, slots, scheduledSlots: wanted } of await readStarvingPools(database)) {
    // A pool is told anew only when it changes: nothing is known of the time since the last collection.
    const until = Math.min(now, collectedAt(deployment) ?? -Infinity);
    if (until < now - minutes * 60) continue;
    const starvedMinutes = await readStarvedMinutes(
      database,
      { deployment, pool },
      now - minutes * 60,
      until,
    );
    const unit = poolUnit(deployment, pool, now, BLOCK_MINUTES * 60);
    const draw = await drawFor(options, unit, isPoolDrawn(config, pool));
    const isEarned = mayBeAutomatic(promotions, { deployment, kind: 'resize_pool' });
    const decision = decidePool(config, { deployment, pool, slots, wanted, starvedMinutes }, draw, isEarned);
    if (decision === null) continue;
    const { verdict, mode, reason } = decision;
    const added = await addAction(
      database,
      {
        ...{
          deployment,
          dagId: null,
          runId: null,
          pool,
          cause: 'starving_pool',
          mode,
          state: verdict,
          reason,
        },
        incident: JSON.stringify([pool, unit.blockStart]),
        request: { kind: 'resize_pool', pool, slots: decision.slots, seenSlots: slots },
        ...{ ...drawnColumns(draw), dueAt: now, follows: null },
      },
      now,
    );
    if (added !== null)
      logger.info({ deployment, pool, action: added.id, state: verdict }, `action: ${reason}`);
  }
}
