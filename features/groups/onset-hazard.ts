/** How often a task that works breaks, and how often one that is broken stays so. */
import { D128, D32, D8, DAY, DecayedMean, flipRate, hazard, onsetsOf, persistence } from '../decay.js';
import { defineFeatures, type FeatureGroup, type GroupFactory } from '../group.js';
import { logSince } from './task-history.js';
import type { OutcomeLedger } from '../ledger.js';

export const ONSET_HAZARD = defineFeatures('onset_hazard', [
  [
    'task__onset_rate__8d',
    'ratio',
    'failures per try after a success at an 8-day half-life, drawn towards the DAG',
  ],
  [
    'task__onset_rate__32d',
    'ratio',
    'failures per try after a success at a 32-day half-life, drawn towards the DAG',
  ],
  [
    'task__onset_rate__128d',
    'ratio',
    'failures per try after a success at a 128-day half-life, drawn towards the DAG',
  ],
  [
    'dag__onset_rate__32d',
    'ratio',
    'failures per try after a success of all tasks of the DAG, 32-day half-life',
  ],
  [
    'deployment__onset_rate__32d',
    'ratio',
    'failures per try after a success in the whole deployment, 32-day half-life',
  ],
  [
    'task__persistence__32d',
    'ratio',
    'failures per try after a failure at a 32-day half-life, drawn towards the DAG',
  ],
  [
    'task__persistence__128d',
    'ratio',
    'failures per try after a failure at a 128-day half-life, drawn towards the DAG',
  ],
  [
    'dag__persistence__32d',
    'ratio',
    'failures per try after a failure of all tasks of the DAG, 32-day half-life',
  ],
  [
    'task__transition_rate__32d',
    'ratio',
    'failures per try after an outcome like the latest one, 32-day half-life',
  ],
  [
    'deployment__pattern_rate__128d',
    'ratio',
    'failures per try in the deployment after the same last 4 outcomes',
  ],
  [
    'dag__streak_rate__128d',
    'ratio',
    'failures per try in the DAG after a streak of the same kind and length (by powers of 2)',
  ],
  [
    'task__flip_rate__32d',
    'ratio',
    'share of tries whose outcome differed from the one before, 32-day half-life',
  ],
  ['task__onsets__128d', 'count', 'onsets, decayed at a 128-day half-life'],
  [
    'task__since_onset__now',
    'log1p_seconds',
    'time since the latest onset; since the task was first seen when there was none',
  ],
]);

/** Patterns of up to 4 outcomes, told apart by length: 1 bit, then the outcomes. */
const PATTERNS = 32;
const STREAKS = 24;

/** The latest up to 4 outcomes as a number below {@link PATTERNS}. */
export function outcomePattern(outcomes: OutcomeLedger): number {
  const known = Math.min(outcomes.total, 4);
  const size = 1 << known;
  return size | (outcomes.bits & (size - 1));
}

function streakBucket(outcomes: OutcomeLedger): number {
  if (outcomes.last < 0) return 0;
  const length = Math.min(10, 31 - Math.clz32(outcomes.streak));
  return 1 + length * 2 + outcomes.last;
}

export const createOnsetHazard: GroupFactory = (keys): FeatureGroup => {
  const patterns = new DecayedMean(128 * DAY);
  const streaks = new DecayedMean(128 * DAY, keys.dagIds, STREAKS);
  return {
    tryFeatures: ONSET_HAZARD,

    tryEnded(moment) {
      if (moment.label < 0) return;
      const { outcomes } = moment.task;
      patterns.add(
        moment.deployment.id * PATTERNS + outcomePattern(outcomes),
        moment.at,
        moment.label,
        moment.age,
      );
      streaks.add(moment.dag.id * STREAKS + streakBucket(outcomes), moment.at, moment.label, moment.age);
    },

    readTry(reading, out, offset) {
      const { task, taskRates, dagRates, deploymentRates, dagHazard, dagPersistence, now } = reading;
      const { outcomes } = task;
      const failing = outcomes.last === 1;
      const onsetRate = hazard(taskRates, D32, dagHazard, 4);
      const staysBroken = persistence(taskRates, D32, dagPersistence, 2);
      const transition = outcomes.last < 0 ? reading.dagRate : failing ? staysBroken : onsetRate;
      const patternId = reading.deployment.id * PATTERNS + outcomePattern(outcomes);
      const patternRate = patterns.mean(
        patternId,
        now,
        failing ? reading.basePersistence : reading.baseHazard,
        2,
      );
      let o = offset;
      out[o++] = hazard(taskRates, D8, dagHazard, 4);
      out[o++] = onsetRate;
      out[o++] = hazard(taskRates, D128, dagHazard, 4);
      out[o++] = dagHazard;
      out[o++] = hazard(deploymentRates, D32, reading.baseHazard, 2);
      out[o++] = staysBroken;
      out[o++] = persistence(taskRates, D128, dagPersistence, 2);
      out[o++] = persistence(dagRates, D32, reading.basePersistence, 2);
      out[o++] = transition;
      out[o++] = patternRate;
      out[o++] = streaks.mean(reading.dag.id * STREAKS + streakBucket(outcomes), now, patternRate, 5);
      out[o++] = flipRate(taskRates, D32, 1);
      out[o++] = onsetsOf(taskRates, D128);
      out[o++] = logSince(now, outcomes.lastOnsetAt, task.seen.firstAt);
    },
  };
};
