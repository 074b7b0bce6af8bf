/** Amid what a DAG run takes place. */
import { D2, H12, H3, hazard, onsetsOf } from '../decay.js';
import { defineFeatures, type FeatureGroup, type GroupFactory } from '../group.js';
import { share } from './outage.js';
import { UsualValues } from './usual.js';

export const RUN_OUTAGE = defineFeatures('outage', [
  [
    'elsewhere__onset_rate__3h',
    'ratio',
    'failures per try after a success in the other DAGs, 3-hour half-life',
  ],
  [
    'elsewhere__onset_rate__12h',
    'ratio',
    'failures per try after a success in the other DAGs, 12-hour half-life',
  ],
  [
    'elsewhere__onset_rate__2d',
    'ratio',
    'failures per try after a success in the other DAGs, 2-day half-life',
  ],
  ['elsewhere__onsets__3h', 'count', 'onsets in the other DAGs, decayed at a 3-hour half-life'],
  [
    'elsewhere__broken_tasks__now',
    'ratio',
    'share of the tasks of other DAGs whose latest outcome is a failure',
  ],
  [
    'deployment__broken_dags__now',
    'ratio',
    'share of the DAGs with a task whose latest outcome is a failure',
  ],
]);

export const RUN_LOAD = defineFeatures('load', [
  ['deployment__open__now', 'count', 'tries of other DAGs queued or running in the deployment'],
  [
    'deployment__open_ratio__now',
    'log_ratio',
    'tries queued or running in the deployment over the usual when a run begins',
  ],
  ['dag__active_runs__now', 'count', 'other runs of the DAG under way'],
]);

export const createRunOutage: GroupFactory = (): FeatureGroup => ({
  dagRunFeatures: RUN_OUTAGE,

  readDagRun({ deployment, dag, elsewhereRates, baseHazard }, out, offset) {
    const tasks = deployment.currentTasks - dag.currentTasks;
    out[offset] = hazard(elsewhereRates, H3, baseHazard, 5);
    out[offset + 1] = hazard(elsewhereRates, H12, baseHazard, 5);
    out[offset + 2] = hazard(elsewhereRates, D2, baseHazard, 5);
    out[offset + 3] = onsetsOf(elsewhereRates, H3);
    out[offset + 4] = share(deployment.brokenTasks - dag.brokenTasks, tasks);
    out[offset + 5] = share(deployment.brokenDags, deployment.currentDags);
  },
});

export const createRunLoad: GroupFactory = (): FeatureGroup => {
  const usualOpen = new UsualValues();
  return {
    dagRunFeatures: RUN_LOAD,

    dagRunBegan({ dag }) {
      usualOpen.add(dag.deployment.id, Math.log1p(dag.deployment.open));
    },

    readDagRun({ deployment, dag, run }, out, offset) {
      const open = deployment.open - dag.open;
      out[offset] = open;
      out[offset + 1] = Math.log1p(open) - usualOpen.mean(deployment.id);
      out[offset + 2] = Math.max(0, dag.activeRuns - (run === null || run.closed ? 0 : 1));
    },
  };
};
