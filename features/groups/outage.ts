/** Signs of something shared: what breaks elsewhere at this time. */
import { D2, H12, H3, hazard, onsetsOf } from '../decay.js';
import { defineFeatures, type FeatureGroup, type GroupFactory } from '../group.js';

export const OUTAGE = defineFeatures('outage', [
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
  ['dag__onset_rate__3h', 'ratio', 'failures per try after a success in the DAG, 3-hour half-life'],
  ['dag__onset_rate__2d', 'ratio', 'failures per try after a success in the DAG, 2-day half-life'],
  ['operator__onset_rate__3h', 'ratio', 'failures per try after a success of the operator, 3-hour half-life'],
  ['pool__onset_rate__3h', 'ratio', 'failures per try after a success in the pool, 3-hour half-life'],
  [
    'dag__broken_tasks__now',
    'ratio',
    'share of the other tasks of the DAG whose latest outcome is a failure',
  ],
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

/** `part / whole`, 0 for an empty whole. */
export function share(part: number, whole: number): number {
  return whole > 0 ? part / whole : 0;
}

export const createOutage: GroupFactory = (): FeatureGroup => ({
  tryFeatures: OUTAGE,

  readTry(reading, out, offset) {
    const { deployment, dag, task, elsewhereRates, dagRates, baseHazard, dagHazard } = reading;
    const own = task.current ? 1 : 0;
    const ownBroken = task.current && task.outcomes.last === 1 ? 1 : 0;
    let o = offset;
    out[o++] = hazard(elsewhereRates, H3, baseHazard, 5);
    out[o++] = hazard(elsewhereRates, H12, baseHazard, 5);
    out[o++] = hazard(elsewhereRates, D2, baseHazard, 5);
    out[o++] = onsetsOf(elsewhereRates, H3);
    out[o++] = hazard(dagRates, H3, dagHazard, 5);
    out[o++] = hazard(dagRates, D2, dagHazard, 5);
    out[o++] = hazard(reading.operatorRates, H3, baseHazard, 5);
    out[o++] = hazard(reading.poolRates, H3, baseHazard, 5);
    out[o++] = share(dag.brokenTasks - ownBroken, dag.currentTasks - own);
    out[o++] = share(deployment.brokenTasks - dag.brokenTasks, deployment.currentTasks - dag.currentTasks);
    out[o++] = share(deployment.brokenDags, deployment.currentDags);
  },
});
