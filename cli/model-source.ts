import type { Database } from '../core/database/port.js';
import { championVersion, loadVersion } from '../model/index.js';
import type { ModelSource } from '../serving/index.js';

/** The model registry as the scorer sees it. */
export function modelSource(database: Database): ModelSource {
  return {
    champion: async () => {
      const champion = await championVersion(database);
      return champion && { version: champion.version, learntUntil: champion.parameters.learnt_until };
    },
    load: (version) => loadVersion(database, version),
  };
}
