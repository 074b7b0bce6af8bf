import type { Database } from '../core/database/port.js';
import type { UnixSeconds } from '../core/facts.js';
import { featureSetHash } from '../features/registry.js';
import { championVersion, loadVersion } from '../model/index.js';
import type { ModelSource } from '../serving/index.js';

export interface Champion {
  readonly version: string;
  readonly learntUntil: UnixSeconds;
  readonly promotedAt: UnixSeconds;
  /** It reads the features of another version of ORC, so it cannot serve. */
  readonly isOutdated: boolean;
}

/** The model registry as the scorer sees it. */
export function modelSource(
  database: Database,
): Omit<ModelSource, 'champion'> & { readonly champion: () => Promise<Champion | null> } {
  return {
    champion: async () => {
      const champion = await championVersion(database);
      if (champion === null) return null;
      const isOutdated = champion.featureSetHash !== featureSetHash();
      const { version, parameters, promotedAt, createdAt } = champion;
      return {
        version,
        learntUntil: parameters.learnt_until,
        promotedAt: promotedAt ?? createdAt,
        isOutdated,
      };
    },
    load: (version) => loadVersion(database, version),
  };
}
