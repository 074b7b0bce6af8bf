import { randomUUID } from 'node:crypto';
import type { Database } from '../../core/database/port.js';
import type { Logger } from '../../core/logger.js';
import { type StateOwner, loadState, saveState } from './state.js';

/** How a collector makes itself known to others of its deployment, and they to it. */
export interface CollectorIdentity {
  readonly id: string;
  hasPresentedItself: boolean;
  hasToldOfAnother: boolean;
}

export function createIdentity(): CollectorIdentity {
  return { id: randomUUID(), hasPresentedItself: false, hasToldOfAnother: false };
}

/**
 * Says in the log, once each, that the collector before was not stopped but killed, or that another one is at work. Neither does harm:
 * writers take turns, and what is in the log is not told again; but two ask Airflow everything twice.
 */
export async function tellOtherCollectors(
  database: Database,
  owner: StateOwner,
  identity: CollectorIdentity,
  logger: Logger,
): Promise<void> {
  const seen = await database.transaction(async (connection) => {
    const last = await loadState(connection, owner, 'collector');
    await saveState(connection, owner, 'collector', { id: identity.id, hasLeft: false });
    return last;
  });
  const isOther = seen !== null && seen.id !== identity.id && !seen.hasLeft;
  if (isOther && !identity.hasPresentedItself) {
    logger.info(
      'the last collector was not stopped in order, or is still at work: going on from what is committed',
    );
  } else if (isOther && !identity.hasToldOfAnother) {
    logger.warn(
      'another collector works on this deployment too: one is enough, two ask Airflow everything twice',
    );
    identity.hasToldOfAnother = true;
  }
  identity.hasPresentedItself = true;
}

/** Leaves word that this collector has come to its end; without a database there is nothing to say. */
export async function leave(
  database: Database,
  owner: StateOwner,
  identity: CollectorIdentity,
  logger: Logger,
): Promise<void> {
  if (!identity.hasPresentedItself) return;
  try {
    await database.transaction(async (connection) => {
      const last = await loadState(connection, owner, 'collector');
      if (last?.id === identity.id) {
        await saveState(connection, owner, 'collector', { id: identity.id, hasLeft: true });
      }
    });
  } catch (error) {
    logger.warn({ err: error }, 'the end of the collection could not be noted');
  }
}
