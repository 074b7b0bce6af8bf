/** The task of the same name in the other DAGs: copies of one template tend to break together. */
import { D2, D32, H12, failureRate, hazard, triesOf } from '../decay.js';
import { defineFeatures, type FeatureGroup, type GroupFactory } from '../group.js';

export const SAME_NAME = defineFeatures('same_name', [
  [
    'same_name__failure_rate__12h',
    'ratio',
    'failures per try of the same task id in other DAGs, 12-hour half-life',
  ],
  [
    'same_name__failure_rate__2d',
    'ratio',
    'failures per try of the same task id in other DAGs, 2-day half-life',
  ],
  [
    'same_name__failure_rate__32d',
    'ratio',
    'failures per try of the same task id in other DAGs, 32-day half-life',
  ],
  [
    'same_name__onset_rate__2d',
    'ratio',
    'failures per try after a success of the same task id in other DAGs, 2-day half-life',
  ],
  [
    'same_name__onset_rate__32d',
    'ratio',
    'failures per try after a success of the same task id in other DAGs, 32-day half-life',
  ],
  [
    'same_name__tries__32d',
    'count',
    'labelled tries of the same task id in other DAGs, decayed at a 32-day half-life',
  ],
  [
    'same_name__broken_share__now',
    'ratio',
    'share of the other DAGs with this task id in which it failed last',
  ],
]);

export const createSameName: GroupFactory = (): FeatureGroup => ({
  tryFeatures: SAME_NAME,

  readTry(reading, out, offset) {
    const { otherDagRates: rates, name, task, baseRate, baseHazard } = reading;
    const others = name.tasks - (task.current ? 1 : 0);
    const broken = name.brokenTasks - (task.current && task.outcomes.last === 1 ? 1 : 0);
    let o = offset;
    out[o++] = failureRate(rates, H12, baseRate, 1);
    out[o++] = failureRate(rates, D2, baseRate, 1);
    out[o++] = failureRate(rates, D32, baseRate, 1);
    out[o++] = hazard(rates, D2, baseHazard, 2);
    out[o++] = hazard(rates, D32, baseHazard, 2);
    out[o++] = triesOf(rates, D32);
    out[o++] = others > 0 ? broken / others : 0;
  },
});
