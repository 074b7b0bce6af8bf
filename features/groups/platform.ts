/** How the platform is: how long ago the scheduler was last heard of. */
import { defineFeatures, type FeatureGroup, type GroupFactory } from '../group.js';
import { NumberTable } from '../table.js';

export const PLATFORM = defineFeatures('platform', [
  ['platform__scheduler_heartbeat_age__now', 'log1p_seconds', 'age of the latest heartbeat of the scheduler'],
]);

/** A measurement older than this tells nothing of now. */
const FRESH_SECONDS = 900;

const VALUE = 0;
const AT = 1;

export const createPlatform: GroupFactory = (): FeatureGroup => {
  /** The latest age that was measured and when, by deployment. */
  const latest = new NumberTable([NaN, NaN]);
  return {
    tryFeatures: PLATFORM,

    platformMeasured({ deployment, value, at }) {
      const row = latest.row(deployment.id);
      latest.data[row + VALUE] = Math.max(0, value);
      latest.data[row + AT] = at;
    },

    readTry({ deployment, now }, out, offset) {
      const row = latest.peek(deployment.id);
      const isFresh = now - latest.data[row + AT]! <= FRESH_SECONDS;
      out[offset] = isFresh ? Math.log1p(latest.data[row + VALUE]!) : NaN;
    },
  };
};
