import type { RequestOf } from '../request.js';
import { refused } from './results.js';
import type { Call, SitePool } from './site.js';

/** Gives a pool another number of slots; its other settings stay. Nothing is left to the mask: it is read back. */
export function resizePoolCall({ pool, slots, seenSlots }: RequestOf<'resize_pool'>): Call<SitePool> {
  return {
    async prepare(site) {
      const found = await site.pool(pool);
      if (found === null) return refused('not_found', `Airflow has no pool ${pool}`);
      if (found.slots === slots) return refused('already_so', `pool ${pool} has ${slots} slots already`);
      if (found.slots !== seenSlots)
        return refused('changed', `pool ${pool} has ${found.slots} slots, no longer ${seenSlots}`);
      return { outcome: 'ready', before: found };
    },
    perform: (site, before) => site.resizePool(pool, before, slots),
    async effect(site) {
      const found = await site.pool(pool);
      return found?.slots === slots ? found : null;
    },
  };
}
