/** How much is going on at once. */
import { defineFeatures, type FeatureGroup, type GroupFactory } from '../group.js';
import { UsualValues } from './usual.js';

export const LOAD = defineFeatures('load', [
  ['run__open__now', 'count', 'other tries of the run queued or running'],
  ['dag__open__now', 'count', 'other tries of the DAG queued or running'],
  ['pool__open__now', 'count', 'other tries of the pool queued or running'],
  ['deployment__open__now', 'count', 'other tries of the deployment queued or running'],
  [
    'deployment__open_ratio__now',
    'log_ratio',
    'tries queued or running in the deployment over the usual when a try is queued',
  ],
  ['dag__active_runs__now', 'count', 'other runs of the DAG under way'],
  ['pool__occupied_share__now', 'ratio', 'occupied slots of the pool over its slots, as last described'],
  ['pool__slots__now', 'count', 'slots of the pool, as last described; unknown for an unlimited pool'],
  ['pool__queued_slots__now', 'count', 'queued slots of the pool, as last described'],
]);

export const createLoad: GroupFactory = (): FeatureGroup => {
  const usualOpen = new UsualValues();
  return {
    tryFeatures: LOAD,

    tryQueued({ deployment }) {
      usualOpen.add(deployment.id, Math.log1p(deployment.open));
    },

    readTry({ run, dag, pool, deployment, self }, out, offset) {
      const open = Math.max(0, deployment.open - self);
      let o = offset;
      out[o++] = run === null ? 0 : Math.max(0, run.open - self);
      out[o++] = Math.max(0, dag.open - self);
      out[o++] = pool.id === 0 ? NaN : Math.max(0, pool.open - self);
      out[o++] = open;
      out[o++] = Math.log1p(open) - usualOpen.mean(deployment.id);
      out[o++] = Math.max(0, dag.activeRuns - (run === null || run.closed ? 0 : 1));
      out[o++] = pool.slots > 0 ? pool.occupied / pool.slots : NaN;
      out[o++] = pool.slots > 0 ? pool.slots : NaN;
      out[o++] = pool.queuedSlots;
    },
  };
};
