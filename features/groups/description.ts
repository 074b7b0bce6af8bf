/** How many retries the task has, and when it and its DAG were last described anew. */
import { defineToldFeatures, type FeatureGroup, type GroupFactory } from '../group.js';
import { logSince } from './task-history.js';

export const DESCRIPTION = defineToldFeatures('description', [
  ['task__retries__now', 'count', 'retries configured'],
  [
    'task__since_change__now',
    'log1p_seconds',
    'time since the description of the task changed; since its first description when it never did',
  ],
  [
    'dag__since_change__now',
    'log1p_seconds',
    'time since the description of the DAG changed; since its first description when it never did',
  ],
]);

export const createDescription: GroupFactory = (): FeatureGroup => ({
  tryFeatures: DESCRIPTION,

  readTry({ task, dag, now }, out, offset) {
    out[offset] = task.description?.retries ?? NaN;
    out[offset + 1] = logSince(now, task.changedAt, task.describedAt);
    out[offset + 2] = logSince(now, dag.changedAt, dag.describedAt);
  },
});
