/** Why the latest failure happened, as its log told: what such failures lead to, and whether others suffer from the same. */
import type { FailureClass } from '../../core/facts.js';
import { DAY, DecayedMean, HOUR } from '../decay.js';
import { defineFeatures, type FeatureGroup, type GroupFactory } from '../group.js';
import { isSharedCause, KNOWN_CLASSES, LatestReasons } from '../latest-reasons.js';

/** The flag of a class: 1 when the latest failure (of the map index, where it ever failed) was of it, also after a success. */
export function failureClassFeature(failureClass: FailureClass): string {
  return `failure_reason__is_${failureClass}__latest`;
}

export const FAILURE_REASON = defineFeatures('failure_reason', [
  [
    'failure_reason__persistence__128d',
    'ratio',
    'failures per try after a failure of this class, while the task (the map index, where it ever failed) is failing; 128-day half-life',
  ],
  [
    'failure_reason__shared_cause__latest',
    'flag',
    '1 when the latest failure of a failing task or map index was due to infrastructure or resources, which others share; 0 for other classes',
  ],
  [
    'failure_reason__same_template__3h',
    'count',
    'failures of other tasks with the error line of the latest failure, decayed at a 3-hour half-life, while the task is failing',
  ],
  [
    'deployment__shared_cause_share__3h',
    'ratio',
    'share of the explained failures in the deployment that were due to infrastructure or resources, 3-hour half-life',
  ],
  ['pool__shared_cause_share__3h', 'ratio', 'the same in the pool'],
  ...KNOWN_CLASSES.map(
    (name) =>
      [
        failureClassFeature(name),
        'flag',
        `1 when the latest failure (of the map index, where it ever failed) was of class ${name} by its log, also after a success, else 0`,
      ] as const,
  ),
]);

const SHORT = 3 * HOUR;
/** Column of the first flag. */
const FLAGS = 5;

/**
 * The latest reason is kept by task, and by map index for those that failed: what breaks one index (its part of the data) says little of
 * the others, and what befalls the others in between does not end it.
 */
export const createFailureReason: GroupFactory = (keys): FeatureGroup => {
  const next = new DecayedMean(128 * DAY);
  const shared = new DecayedMean(SHORT);
  const poolShared = new DecayedMean(SHORT);
  const templates = new DecayedMean(SHORT);
  const ofTask = new LatestReasons(SHORT, keys.taskIds);
  const ofIndex = new LatestReasons(SHORT, keys.mappedIds);
  /** Most histories have no reasons at all: they shall not pay for them. */
  let isAnyExplained = false;

  return {
    tryFeatures: FAILURE_REASON,

    tryEnded({ task, fact, label, failed, at, age, endedAt }) {
      if (label < 0) return;
      const index = keys.mapped(task, fact.mapIndex);
      const known = ofIndex.has(index) ? ofIndex.classOf(index) : ofTask.classOf(task.id);
      if (known !== 0) next.add(known, at, label, age);
      ofTask.end(task.id, failed, endedAt);
      if (index !== 0) ofIndex.end(index, failed, endedAt);
    },

    failureExplained({ deployment, task, pool, fact, at, age }) {
      isAnyExplained = true;
      const { failureClass, mapIndex, eventTime: endedAt } = fact;
      const templateId = keys.value(deployment.failureTemplates, fact.templateId);
      if (templateId !== 0) templates.add(templateId, at, 1, age);
      if (failureClass !== 'unknown') {
        shared.add(deployment.id, at, isSharedCause(failureClass), age);
        if (pool.id !== 0) poolShared.add(pool.id, at, isSharedCause(failureClass), age);
      }
      const classId = keys.value(deployment.failureClasses, failureClass);
      const explained = { failureClass, classId, templateId, endedAt, at, age };
      ofTask.explain(task.id, explained);
      const index = keys.mapped(task, mapIndex);
      if (index !== 0) ofIndex.explain(index, explained);
    },

    readTry({ deployment, task, pool, subject, now, basePersistence }, out, offset) {
      if (!isAnyExplained) {
        out[offset] = NaN;
        out[offset + 1] = NaN;
        out.fill(0, offset + 2, offset + FAILURE_REASON.length);
        return;
      }
      const index = subject.mapIndex < 0 ? 0 : (task.mapped?.get(subject.mapIndex) ?? 0);
      const isOfIndex = ofIndex.has(index);
      const latest = isOfIndex ? ofIndex : ofTask;
      const id = isOfIndex ? index : task.id;
      const known = latest.classOf(id);
      const template = latest.templateOf(id);
      const own = Math.max(ofTask.ownCount(task.id, template, now), latest.ownCount(id, template, now));
      const classIndex = latest.classIndex(id);
      out[offset] = known === 0 ? NaN : next.mean(known, now, basePersistence, 3);
      out[offset + 1] = known === 0 ? NaN : latest.isShared(id);
      out[offset + 2] = template === 0 ? 0 : Math.max(0, templates.count(template, now) - own);
      out[offset + 3] = shared.mean(deployment.id, now, 0, 1);
      out[offset + 4] = poolShared.mean(pool.id, now, 0, 1);
      out.fill(0, offset + FLAGS, offset + FAILURE_REASON.length);
      if (classIndex >= 0) out[offset + FLAGS + classIndex] = 1;
    },
  };
};
