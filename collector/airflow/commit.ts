import type { Queryable } from '../../core/database/port.js';
import { dayOf, dropPlatformDays, preparePlatformDays } from '../../core/fact-log/platform-days.js';
import type { Pass } from './context.js';
import { type Batch, addTally, writeBatch } from './write-batch.js';

/**
 * Commits a batch and the state that says so in one transaction, and counts it in the pass.
 * @param liveFrom see BatchOrigin
 */
export async function commitBatch(
  pass: Pass,
  batch: Batch,
  liveFrom: number | null,
  saveProgress: (connection: Queryable) => Promise<void>,
): Promise<void> {
  const newDays = newPlatformDays(pass, batch);
  const result = await pass.database.transaction(async (connection) => {
    if (newDays.length > 0) {
      await preparePlatformDays(connection, newDays);
      await dropPlatformDays(connection, dayOf(pass.clock()) - pass.tuning.platformDays);
    }
    const written = await writeBatch(connection, batch, {
      source: pass.source.name,
      knownAt: pass.clock(),
      liveFrom,
    });
    await saveProgress(connection);
    return written;
  });
  for (const day of newDays) pass.memory.platformDays.add(day);
  addTally(pass.tally, result.tally);
  addTally(pass.memory.rows, result.tally);
  if (result.refused > 0) {
    pass.logger.warn({ refused: result.refused }, 'observations that PostgreSQL cannot hold were left out');
  }
}

/** Days of the batch whose partition this process has not made sure of yet. */
function newPlatformDays(pass: Pass, batch: Batch): number[] {
  const days = new Set(batch.platform?.map(({ eventTime }) => dayOf(eventTime)));
  return [...days].filter((day) => !pass.memory.platformDays.has(day));
}
