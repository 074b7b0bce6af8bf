/** What to expect of a subject without a history of its own, from others of its operator and its kind of schedule. */
import { DAY, DecayedMean } from '../decay.js';
import type { DagKey, DeploymentKey } from '../entities.js';
import { defineFeatures, type FeatureGroup, type GroupFactory } from '../group.js';
import { knownValue } from '../keys.js';
import { startedBy } from '../schedule-class.js';

export const STARTING_RATE = defineFeatures('starting_rate', [
  [
    'task__starting_shift__now',
    'log_ratio',
    'log-odds that the failure rate of the task gains over the historical rate when it starts from that of its operator and schedule in the deployment; vanishes with outcomes of its own',
  ],
]);

export const RUN_STARTING_RATE = defineFeatures('starting_rate', [
  [
    'dag_run__starting_shift__now',
    'log_ratio',
    'log-odds that the failure rate of the runs gains over the historical rate when it starts from that of its schedule in the deployment; vanishes with outcomes of its own',
  ],
]);

/** The half-life of the historical rate. */
const HALF_LIFE = 30 * DAY;
/** Outcomes of the deployment that the rate of an operator or schedule is drawn to it by: failures come in streaks of one task. */
const GROUP_WEIGHT = 100;
/** Those of the historical rate, per level. */
const LEVEL_WEIGHT = 2;
/** Beyond so many outcomes of its own, half of what is left of the shift is taken. */
const OWN_OUTCOMES = 5;
/** No rate is taken to be smaller, or larger than one minus this: a handful of outcomes cannot tell. */
const LEAST_RATE = 0.001;
/** Smaller shifts are rounding, and mean nothing. */
const LEAST_SHIFT = 0.001;

export const createStartingRate: GroupFactory = (keys, shared): FeatureGroup => {
  const byOperator = new DecayedMean(HALF_LIFE);
  const bySchedule = new DecayedMean(HALF_LIFE);
  const runsBySchedule = new DecayedMean(HALF_LIFE);
  const runsByDag = new DecayedMean(HALF_LIFE, keys.dagIds);
  const runsByDeployment = new DecayedMean(HALF_LIFE);

  const scheduleOf = (deployment: DeploymentKey, dag: DagKey, runType: string | null): number =>
    knownValue(deployment.schedules, startedBy(dag.scheduleClass, runType));
  /** Log-odds of a group's rate over those of all; 0 for one that is not known. */
  const shiftOf = (rates: DecayedMean, id: number, now: number, overall: number): number =>
    id === 0 || Number.isNaN(overall)
      ? 0
      : logOdds(rates.mean(id, now, overall, GROUP_WEIGHT)) - logOdds(overall);

  return {
    tryFeatures: STARTING_RATE,
    dagRunFeatures: RUN_STARTING_RATE,

    tryEnded({ deployment, dag, operator, fact, label, at, age }) {
      if (label < 0) return;
      if (operator !== 0) byOperator.add(operator, at, label, age);
      const schedule = keys.value(deployment.schedules, startedBy(dag.scheduleClass, fact.runType));
      if (schedule !== 0) bySchedule.add(schedule, at, label, age);
    },

    dagRunEnded({ dag, run, failed, at, age }) {
      const label = failed ? 1 : 0;
      const { deployment } = dag;
      runsByDag.add(dag.id, at, label, age);
      runsByDeployment.add(deployment.id, at, label, age);
      const schedule = keys.value(deployment.schedules, startedBy(dag.scheduleClass, run.runType));
      if (schedule !== 0) runsBySchedule.add(schedule, at, label, age);
    },

    readTry({ deployment, dag, task, subject, operator, now }, out, offset) {
      const overall = shared.overallRate(deployment, now);
      const schedule = scheduleOf(deployment, dag, subject.runType);
      const ofSchedule = shiftOf(bySchedule, schedule, now, overall);
      const ofOperator = shiftOf(byOperator, operator, now, overall);
      out[offset] = 0;
      if (ofSchedule === 0 && ofOperator === 0) return;
      const dagRate = shared.dagRateFrom(shifted(overall, ofSchedule), dag, now);
      const rate = shared.taskRateFrom(shifted(dagRate, ofOperator), task, now);
      const plain = shared.historicalRate(deployment, dag, task, now);
      out[offset] = fading(logOdds(rate) - logOdds(plain), shared.taskTries(task, now));
    },

    readDagRun({ deployment, dag, subject, now }, out, offset) {
      const overall = runsByDeployment.mean(deployment.id, now, 0, 0);
      const schedule = scheduleOf(deployment, dag, subject.runType);
      const ofSchedule = shiftOf(runsBySchedule, schedule, now, overall);
      out[offset] = 0;
      if (ofSchedule === 0) return;
      const rate = runsByDag.mean(dag.id, now, shifted(overall, ofSchedule), LEVEL_WEIGHT);
      const plain = runsByDag.mean(dag.id, now, overall, LEVEL_WEIGHT);
      out[offset] = fading(logOdds(rate) - logOdds(plain), runsByDag.count(dag.id, now));
    },
  };
};

/** Less of a shift the more outcomes the subject has: its risk rests on more than its rate then. */
function fading(shift: number, outcomes: number): number {
  const left = (shift * OWN_OUTCOMES) / (OWN_OUTCOMES + outcomes);
  return Math.abs(left) < LEAST_SHIFT ? 0 : left;
}

function logOdds(rate: number): number {
  const known = Math.min(1 - LEAST_RATE, Math.max(LEAST_RATE, rate));
  return Math.log(known / (1 - known));
}

function shifted(rate: number, shift: number): number {
  return shift === 0 ? rate : 1 / (1 + Math.exp(-logOdds(rate) - shift));
}
