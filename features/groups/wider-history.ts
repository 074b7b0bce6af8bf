/** How the DAG, the operator, the pool and the deployment have fared. */
import { D2, D32, D8, H12, H3, failureRate, triesOf } from '../decay.js';
import { defineFeatures, type FeatureGroup, type GroupFactory } from '../group.js';
import { logSince } from './task-history.js';

export const WIDER_HISTORY = defineFeatures('wider_history', [
  ['dag__failure_rate__3h', 'ratio', 'failures per try of the DAG at a 3-hour half-life'],
  ['dag__failure_rate__12h', 'ratio', 'failures per try of the DAG at a 12-hour half-life'],
  ['dag__failure_rate__2d', 'ratio', 'failures per try of the DAG at a 2-day half-life'],
  ['dag__failure_rate__8d', 'ratio', 'failures per try of the DAG at an 8-day half-life'],
  ['dag__failure_rate__32d', 'ratio', 'failures per try of the DAG at a 32-day half-life'],
  ['dag__tries__2d', 'count', 'labelled tries of the DAG, decayed at a 2-day half-life'],
  ['dag__failures__last_30', 'count', 'failures among the latest 30 labelled tries of the DAG'],
  ['dag__since_failure__now', 'log1p_seconds', 'time since the latest failure of any task of the DAG'],
  [
    'dag__last_run_failed__latest',
    'flag',
    '1 when the latest ended run of the DAG failed, 0 when it succeeded',
  ],
  [
    'operator__failure_rate__3h',
    'ratio',
    'failures per try of the operator in the deployment, 3-hour half-life',
  ],
  [
    'operator__failure_rate__2d',
    'ratio',
    'failures per try of the operator in the deployment, 2-day half-life',
  ],
  [
    'operator__failure_rate__32d',
    'ratio',
    'failures per try of the operator in the deployment, 32-day half-life',
  ],
  ['pool__failure_rate__3h', 'ratio', 'failures per try in the pool, 3-hour half-life'],
  ['pool__failure_rate__2d', 'ratio', 'failures per try in the pool, 2-day half-life'],
  ['pool__failure_rate__32d', 'ratio', 'failures per try in the pool, 32-day half-life'],
  ['deployment__failure_rate__3h', 'ratio', 'failures per try in the deployment, 3-hour half-life'],
  ['deployment__failure_rate__12h', 'ratio', 'failures per try in the deployment, 12-hour half-life'],
  ['deployment__failure_rate__2d', 'ratio', 'failures per try in the deployment, 2-day half-life'],
  ['deployment__failure_rate__32d', 'ratio', 'failures per try in the deployment, 32-day half-life'],
]);

export const createWiderHistory: GroupFactory = (): FeatureGroup => ({
  tryFeatures: WIDER_HISTORY,

  readTry(reading, out, offset) {
    const { dag, dagRates, operatorRates, poolRates, deploymentRates, baseRate, dagRate, now } = reading;
    let o = offset;
    out[o++] = failureRate(dagRates, H3, dagRate, 2);
    out[o++] = failureRate(dagRates, H12, dagRate, 2);
    out[o++] = failureRate(dagRates, D2, dagRate, 2);
    out[o++] = failureRate(dagRates, D8, dagRate, 2);
    out[o++] = dagRate;
    out[o++] = triesOf(dagRates, D2);
    out[o++] = dag.tries.failuresAmong(30);
    out[o++] = logSince(now, dag.tries.lastFailureAt, dag.seen.firstAt);
    out[o++] = dag.runOutcomes.last < 0 ? NaN : dag.runOutcomes.last;
    out[o++] = failureRate(operatorRates, H3, baseRate, 2);
    out[o++] = failureRate(operatorRates, D2, baseRate, 2);
    out[o++] = failureRate(operatorRates, D32, baseRate, 2);
    out[o++] = failureRate(poolRates, H3, baseRate, 2);
    out[o++] = failureRate(poolRates, D2, baseRate, 2);
    out[o++] = failureRate(poolRates, D32, baseRate, 2);
    out[o++] = failureRate(deploymentRates, H3, baseRate, 2);
    out[o++] = failureRate(deploymentRates, H12, baseRate, 2);
    out[o++] = failureRate(deploymentRates, D2, baseRate, 2);
    out[o++] = failureRate(deploymentRates, D32, baseRate, 2);
  },
});
