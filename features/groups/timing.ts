/** Age, and the gap since the time before against the usual interval. */
import { defineFeatures, type FeatureGroup, type GroupFactory } from '../group.js';
import { logSince } from './task-history.js';
import { UsualValues } from './usual.js';

export const TIMING = defineFeatures('timing', [
  ['task__age__now', 'log1p_seconds', 'time since the task was first seen'],
  ['dag__age__now', 'log1p_seconds', 'time since the DAG was first seen'],
  ['task__interval__usual', 'log1p_seconds', 'usual time between two queueings of the task'],
  ['task__gap__now', 'log1p_seconds', 'time since the task was queued before'],
  ['task__gap_ratio__now', 'log_ratio', 'time since the task was queued before over the usual'],
  [
    'task__gap_surprise__now',
    'score',
    'time since the task was queued before in standard deviations from the usual (of logarithms)',
  ],
  ['dag__gap_ratio__now', 'log_ratio', 'time since a run of the DAG began before over the usual'],
]);

export const createTiming: GroupFactory = (keys): FeatureGroup => {
  const intervals = new UsualValues(keys.taskIds);
  const dagIntervals = new UsualValues(keys.dagIds);
  return {
    tryFeatures: TIMING,

    dagRunBegan({ dag, run }) {
      const gap = run.began - dag.seen.lastAt;
      if (gap > 0) dagIntervals.add(dag.id, Math.log1p(gap));
    },

    tryQueued({ task, fact, at }) {
      const queuedAt = Math.min(at, fact.queuedAt ?? fact.startedAt ?? at);
      if (queuedAt > task.seen.lastAt) intervals.add(task.id, Math.log1p(queuedAt - task.seen.lastAt));
    },

    readTry({ task, dag, run, moment }, out, offset) {
      const gap = logSince(moment, task.seen.before(moment), NaN);
      const began = run === null ? moment : run.began;
      const dagGap = logSince(began, dag.seen.before(began), NaN);
      const usual = intervals.mean(task.id);
      let o = offset;
      out[o++] = logSince(moment, task.seen.firstAt, NaN);
      out[o++] = logSince(moment, dag.seen.firstAt, NaN);
      out[o++] = usual;
      out[o++] = gap;
      out[o++] = gap - usual;
      out[o++] = intervals.surprise(task.id, gap);
      out[o++] = dagGap - dagIntervals.mean(dag.id);
    },
  };
};
