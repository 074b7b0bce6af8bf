/** Of what kind the latest failure was (text values of `extra` known after the end), and what such failures lead to. */
import { DAY, DecayedMean, HOUR } from '../decay.js';
import { defineFeatures, type FeatureGroup, type GroupFactory } from '../group.js';
import { NumberTable } from '../table.js';

export const FAILURE_KIND = defineFeatures('failure_kind', [
  [
    'failure_kind__persistence__128d',
    'ratio',
    'failures per try after a failure of this kind, while the task is failing; 128-day half-life',
  ],
  [
    'failure_kind__recent__12h',
    'count',
    'failures of this kind in the deployment, decayed at a 12-hour half-life, while the task is failing',
  ],
]);

/** Kinds kept of the latest failure of a task. */
const KINDS = 2;

export const createFailureKind: GroupFactory = (keys): FeatureGroup => {
  const next = new DecayedMean(128 * DAY);
  const recent = new DecayedMean(12 * HOUR);
  /** Kinds of the latest failure by task. */
  const latest = new NumberTable([0, 0], keys.taskIds);
  return {
    tryFeatures: FAILURE_KIND,

    tryEnded({ task, extra, label, failed, previous, at, age }) {
      if (label < 0) return;
      const row = latest.row(task.id);
      if (previous === 1) {
        const first = latest.data[row]!;
        const second = latest.data[row + 1]!;
        if (first !== 0) next.add(first, at, label, age);
        if (second !== 0) next.add(second, at, label, age);
      }
      if (!failed) return;
      for (let i = 0; i < KINDS; i++) {
        const kind = i < extra.postTextCount ? extra.postTexts[i]! : 0;
        latest.data[row + i] = kind;
        if (kind !== 0) recent.add(kind, at, 1, age);
      }
    },

    readTry({ task, now, basePersistence }, out, offset) {
      const row = latest.peek(task.id);
      const failing = task.outcomes.last === 1;
      const first = failing ? latest.data[row]! : 0;
      const second = failing ? latest.data[row + 1]! : 0;
      let persistence = first === 0 ? NaN : next.mean(first, now, basePersistence, 3);
      if (second !== 0) persistence = Math.max(persistence, next.mean(second, now, basePersistence, 3));
      out[offset] = persistence;
      out[offset + 1] = first === 0 ? 0 : recent.count(first, now);
    },
  };
};
