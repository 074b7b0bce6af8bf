/** How the task and its DAG are described, and when that last changed. */
import { defineFeatures, type FeatureGroup, type GroupFactory } from '../group.js';
import { logSince } from './task-history.js';

export const DESCRIPTION = defineFeatures('description', [
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
  ['task__upstream__now', 'count', 'tasks that it waits for directly'],
  ['task__downstream__now', 'count', 'tasks that wait for it directly'],
  ['task__is_mapped__now', 'flag', '1 for a mapped task instance'],
  ['task__waits_for_all__now', 'flag', '1 when its trigger rule is all_success'],
]);

export const createDescription: GroupFactory = (): FeatureGroup => ({
  tryFeatures: DESCRIPTION,

  readTry({ task, dag, subject, now }, out, offset) {
    const { description } = task;
    const known = description !== null;
    out[offset] = known ? description.retries : NaN;
    out[offset + 1] = logSince(now, task.changedAt, task.describedAt);
    out[offset + 2] = logSince(now, dag.changedAt, dag.describedAt);
    out[offset + 3] = known ? task.upstream.size : NaN;
    out[offset + 4] = known ? description.downstreamTaskIds.length : NaN;
    out[offset + 5] = subject.mapIndex >= 0 ? 1 : 0;
    out[offset + 6] = known ? (description.triggerRule === 'all_success' ? 1 : 0) : NaN;
  },
});
