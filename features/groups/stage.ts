/** At which stage a subject is described, where nothing else in its vector tells; by these flags its risk is calibrated. */
import { defineFeatures, type FeatureGroup, type GroupFactory } from '../group.js';

export const STAGE = defineFeatures('stage', [
  ['try__is_planned__now', 'flag', '1 while the run of the try is not created yet'],
]);

export const RUN_STAGE = defineFeatures('stage', [
  ['dag_run__is_planned__now', 'flag', '1 while the run is not created yet'],
]);

export const createStage: GroupFactory = (): FeatureGroup => ({
  tryFeatures: STAGE,
  dagRunFeatures: RUN_STAGE,

  readTry({ subject }, out, offset) {
    out[offset] = subject.stage === 'planned' ? 1 : 0;
  },

  readDagRun({ subject }, out, offset) {
    out[offset] = subject.stage === 'planned' ? 1 : 0;
  },
});
