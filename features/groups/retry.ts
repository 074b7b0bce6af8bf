/** Which attempt this is, and how attempts like it fare. */
import { DAY, DecayedMean } from '../decay.js';
import { defineFeatures, type FeatureGroup, type GroupFactory } from '../group.js';

export const RETRY = defineFeatures('retry', [
  ['try__number__now', 'count', 'try number, 1 for the first'],
  ['try__is_retry__now', 'flag', '1 from the second try on'],
  ['try__retries_left__now', 'count', 'tries left after this one, where the number of retries is known'],
  [
    'task__attempt_failure_rate__128d',
    'ratio',
    'failures per try of the task with this kind of attempt (first or retry), 128-day half-life',
  ],
  [
    'deployment__attempt_failure_rate__32d',
    'ratio',
    'failures per try in the deployment with this kind of attempt, 32-day half-life',
  ],
]);

export const createRetry: GroupFactory = (keys): FeatureGroup => {
  const byTask = new DecayedMean(128 * DAY, keys.taskIds, 2);
  const byDeployment = new DecayedMean(32 * DAY);
  return {
    tryFeatures: RETRY,

    tryEnded({ label, fact, task, deployment, at, age }) {
      if (label < 0) return;
      const isRetry = fact.tryNumber > 1 ? 1 : 0;
      byTask.add(task.id * 2 + isRetry, at, label, age);
      byDeployment.add(deployment.id * 2 + isRetry, at, label, age);
    },

    readTry({ subject, task, deployment, now, baseRate }, out, offset) {
      const isRetry = subject.tryNumber > 1 ? 1 : 0;
      const usual = byDeployment.mean(deployment.id * 2 + isRetry, now, baseRate, 2);
      const retries = task.description === null ? NaN : task.description.retries;
      out[offset] = subject.tryNumber;
      out[offset + 1] = isRetry;
      out[offset + 2] = Math.max(0, retries + 1 - subject.tryNumber);
      out[offset + 3] = byTask.mean(task.id * 2 + isRetry, now, usual, 1);
      out[offset + 4] = usual;
    },
  };
};
