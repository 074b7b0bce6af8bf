/** How the runs of the DAG, and of the deployment, have fared. */
import {
  D128,
  D2,
  D32,
  D8,
  DAY,
  DecayedMean,
  H12,
  H3,
  failureRate,
  flipRate,
  hazard,
  persistence,
  triesOf,
} from '../decay.js';
import { defineFeatures, type FeatureGroup, type GroupFactory } from '../group.js';
import { outcomePattern } from './onset-hazard.js';
import { logSince } from './task-history.js';
import { NO_OUTCOME } from '../ledger.js';

export const RUN_HISTORY = defineFeatures('run_history', [
  [
    'dag_run__historical_rate__30d',
    'ratio',
    'failed runs per ended run of the DAG at a 30-day half-life, drawn towards the deployment',
  ],
  [
    'dag_run__last_outcome__latest',
    'flag',
    '1 when the latest ended run of the DAG failed, 0 when it succeeded',
  ],
  ['dag_run__failure_rate__2d', 'ratio', 'failed runs per run of the DAG at a 2-day half-life'],
  ['dag_run__failure_rate__8d', 'ratio', 'failed runs per run of the DAG at an 8-day half-life'],
  ['dag_run__failure_rate__32d', 'ratio', 'failed runs per run of the DAG at a 32-day half-life'],
  ['dag_run__failure_rate__128d', 'ratio', 'failed runs per run of the DAG at a 128-day half-life'],
  ['dag_run__runs__32d', 'count', 'ended runs of the DAG, decayed at a 32-day half-life'],
  ['dag_run__runs__all', 'count', 'ended runs of the DAG ever seen'],
  ['dag_run__failures__last_2', 'count', 'failures among the latest 2 runs of the DAG'],
  ['dag_run__failures__last_4', 'count', 'failures among the latest 4 runs of the DAG'],
  ['dag_run__failures__last_8', 'count', 'failures among the latest 8 runs of the DAG'],
  ['dag_run__failures__last_30', 'count', 'failures among the latest 30 runs of the DAG'],
  ['dag_run__failure_streak__now', 'count', 'failed runs in a row up to now'],
  ['dag_run__success_streak__now', 'count', 'successful runs in a row up to now'],
  [
    'dag_run__since_failure__now',
    'log1p_seconds',
    'time since the latest failed run; since the DAG was first seen when none failed',
  ],
  [
    'dag_run__since_success__now',
    'log1p_seconds',
    'time since the latest successful run; since the DAG was first seen when none succeeded',
  ],
  ['dag_run__onset_rate__32d', 'ratio', 'failed runs per run after a success at a 32-day half-life'],
  ['dag_run__onset_rate__128d', 'ratio', 'failed runs per run after a success at a 128-day half-life'],
  ['dag_run__persistence__32d', 'ratio', 'failed runs per run after a failure at a 32-day half-life'],
  [
    'dag_run__transition_rate__32d',
    'ratio',
    'failed runs per run after an outcome like the latest one, 32-day half-life',
  ],
  [
    'dag_run__flip_rate__32d',
    'ratio',
    'share of runs whose outcome differed from the one before, 32-day half-life',
  ],
  [
    'dag_run__pattern_rate__128d',
    'ratio',
    'failed runs per run in the deployment after the same last 4 outcomes',
  ],
  ['deployment__run_failure_rate__3h', 'ratio', 'failed runs per run in the deployment, 3-hour half-life'],
  ['deployment__run_failure_rate__12h', 'ratio', 'failed runs per run in the deployment, 12-hour half-life'],
  ['deployment__run_failure_rate__2d', 'ratio', 'failed runs per run in the deployment, 2-day half-life'],
  ['deployment__run_failure_rate__32d', 'ratio', 'failed runs per run in the deployment, 32-day half-life'],
]);

const PATTERNS = 32;

export const createRunHistory: GroupFactory = (keys): FeatureGroup => {
  const byDag = new DecayedMean(30 * DAY, keys.dagIds);
  const byDeployment = new DecayedMean(30 * DAY);
  const patterns = new DecayedMean(128 * DAY);
  return {
    dagRunFeatures: RUN_HISTORY,

    dagRunEnded({ dag, failed, at, age }) {
      const label = failed ? 1 : 0;
      byDag.add(dag.id, at, label, age);
      byDeployment.add(dag.deployment.id, at, label, age);
      patterns.add(dag.deployment.id * PATTERNS + outcomePattern(dag.runOutcomes), at, label, age);
    },

    readDagRun({ dag, deployment, runRates, deploymentRunRates, now }, out, offset) {
      const outcomes = dag.runOutcomes;
      const failing = outcomes.last === 1;
      const usual = failureRate(deploymentRunRates, D128, 0.05, 2);
      const usualOnset = hazard(deploymentRunRates, D128, 0.05, 2);
      const usualPersistence = persistence(deploymentRunRates, D128, 0.5, 2);
      const overall = byDeployment.mean(deployment.id, now, 0, 0);
      const onsetRate = hazard(runRates, D32, usualOnset, 2);
      const staysBroken = persistence(runRates, D32, usualPersistence, 2);
      const patternId = deployment.id * PATTERNS + outcomePattern(outcomes);
      let o = offset;
      out[o++] = byDag.mean(dag.id, now, Number.isNaN(overall) ? 0 : overall, 2);
      out[o++] = outcomes.last === NO_OUTCOME ? NaN : outcomes.last;
      out[o++] = failureRate(runRates, D2, usual, 1);
      out[o++] = failureRate(runRates, D8, usual, 1);
      out[o++] = failureRate(runRates, D32, usual, 1);
      out[o++] = failureRate(runRates, D128, usual, 1);
      out[o++] = triesOf(runRates, D32);
      out[o++] = outcomes.total;
      out[o++] = outcomes.failuresAmong(2);
      out[o++] = outcomes.failuresAmong(4);
      out[o++] = outcomes.failuresAmong(8);
      out[o++] = outcomes.failuresAmong(30);
      out[o++] = failing ? outcomes.streak : 0;
      out[o++] = outcomes.last === 0 ? outcomes.streak : 0;
      out[o++] = logSince(now, outcomes.lastFailureAt, dag.seen.firstAt);
      out[o++] = logSince(now, outcomes.lastSuccessAt, dag.seen.firstAt);
      out[o++] = onsetRate;
      out[o++] = hazard(runRates, D128, usualOnset, 2);
      out[o++] = staysBroken;
      out[o++] = outcomes.last < 0 ? usual : failing ? staysBroken : onsetRate;
      out[o++] = flipRate(runRates, D32, 1);
      out[o++] = patterns.mean(patternId, now, failing ? usualPersistence : usualOnset, 2);
      out[o++] = failureRate(deploymentRunRates, H3, usual, 2);
      out[o++] = failureRate(deploymentRunRates, H12, usual, 2);
      out[o++] = failureRate(deploymentRunRates, D2, usual, 2);
      out[o++] = failureRate(deploymentRunRates, D32, usual, 2);
    },
  };
};
