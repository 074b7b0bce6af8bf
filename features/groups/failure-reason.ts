/** Why the latest failure happened, as its log told: what such failures lead to, and whether others suffer from the same. */
import { FAILURE_CLASSES, type FailureClass } from '../../core/facts.js';
import { DAY, DecayedMean, HOUR, remaining } from '../decay.js';
import { defineFeatures, type FeatureGroup, type GroupFactory } from '../group.js';
import { NumberTable } from '../table.js';

/** Classes that say something of the cause. */
const KNOWN_CLASSES: readonly FailureClass[] = FAILURE_CLASSES.filter((name) => name !== 'unknown');

/** The flag of a class: 1 when the latest failure was of it, also after a success. */
export function failureClassFeature(failureClass: FailureClass): string {
  return `failure_reason__is_${failureClass}__latest`;
}

export const FAILURE_REASON = defineFeatures('failure_reason', [
  [
    'failure_reason__persistence__128d',
    'ratio',
    'failures per try after a failure of this class, while the task is failing; 128-day half-life',
  ],
  [
    'failure_reason__shared_cause__latest',
    'flag',
    '1 when the latest failure of a failing task was due to infrastructure or resources, which others share; 0 for other classes',
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
        `1 when the latest failure was of class ${name} by its log, also after a success, else 0`,
      ] as const,
  ),
]);

/** Classes whose causes lie outside the task, where other tasks meet them too. */
const SHARED_CAUSES: ReadonlySet<FailureClass> = new Set(['transient_infrastructure', 'resource']);

const SHORT = 3 * HOUR;

/** Columns of a task: ids of class and template, whether the cause is shared, and their failures of that template. */
const CLASS = 0;
const TEMPLATE = 1;
const IS_SHARED = 2;
/** When the failure ended that this is the reason of. */
const ENDED_AT = 3;
const OWN_AT = 4;
const OWN_COUNT = 5;
/** Position of the class among the known ones; -1 for none. */
const CLASS_INDEX = 6;
/** Column of the first flag. */
const FLAGS = 5;

export const createFailureReason: GroupFactory = (keys): FeatureGroup => {
  const next = new DecayedMean(128 * DAY);
  const shared = new DecayedMean(SHORT);
  const poolShared = new DecayedMean(SHORT);
  const templates = new DecayedMean(SHORT);
  const latest = new NumberTable([0, 0, NaN, -Infinity, 0, 0, -1]);
  /** Most histories have no reasons at all: they shall not pay for them. */
  let isAnyExplained = false;

  return {
    tryFeatures: FAILURE_REASON,

    tryEnded({ task, label, failed, previous, at, age }) {
      if (!isAnyExplained || label < 0) return;
      const row = latest.peek(task.id);
      const known = latest.data[row + CLASS]!;
      if (known === 0) {
        if (failed && row > 0) latest.data[row + CLASS_INDEX] = -1;
        return;
      }
      if (previous === 1) next.add(known, at, label, age);
      if (failed && previous === 1) return;
      latest.data[row + CLASS] = 0;
      latest.data[row + TEMPLATE] = 0;
      if (failed) latest.data[row + CLASS_INDEX] = -1;
    },

    failureExplained({ deployment, task, pool, fact, at, age }) {
      isAnyExplained = true;
      const template = keys.value(deployment.failureTemplates, fact.templateId);
      if (template !== 0) templates.add(template, at, 1, age);
      const isShared = SHARED_CAUSES.has(fact.failureClass) ? 1 : 0;
      if (fact.failureClass !== 'unknown') {
        shared.add(deployment.id, at, isShared, age);
        if (pool.id !== 0) poolShared.add(pool.id, at, isShared, age);
      }
      const row = latest.row(task.id);
      const { data } = latest;
      // Reasons may come late: not that of a failure before the task's latest success, nor before the one explained last.
      if (fact.eventTime < data[row + ENDED_AT]! || fact.eventTime < task.outcomes.lastOnsetAt) return;
      const own = data[row + TEMPLATE] === template ? data[row + OWN_COUNT]! : 0;
      data[row + CLASS] = keys.value(deployment.failureClasses, fact.failureClass);
      data[row + CLASS_INDEX] = KNOWN_CLASSES.indexOf(fact.failureClass);
      data[row + TEMPLATE] = template;
      data[row + IS_SHARED] = isShared;
      data[row + ENDED_AT] = fact.eventTime;
      data[row + OWN_COUNT] = own * remaining(at - data[row + OWN_AT]!, SHORT) + remaining(age, SHORT);
      data[row + OWN_AT] = at;
    },

    readTry({ deployment, task, pool, now, basePersistence }, out, offset) {
      if (!isAnyExplained) {
        out[offset] = NaN;
        out[offset + 1] = NaN;
        out.fill(0, offset + 2, offset + FAILURE_REASON.length);
        return;
      }
      const row = latest.peek(task.id);
      const { data } = latest;
      const failing = task.outcomes.last === 1;
      const known = failing ? data[row + CLASS]! : 0;
      const template = failing ? data[row + TEMPLATE]! : 0;
      const own = data[row + OWN_COUNT]! * remaining(now - data[row + OWN_AT]!, SHORT);
      out[offset] = known === 0 ? NaN : next.mean(known, now, basePersistence, 3);
      out[offset + 1] = known === 0 ? NaN : data[row + IS_SHARED]!;
      out[offset + 2] = template === 0 ? 0 : Math.max(0, templates.count(template, now) - own);
      out[offset + 3] = shared.mean(deployment.id, now, 0, 1);
      out[offset + 4] = poolShared.mean(pool.id, now, 0, 1);
      out.fill(0, offset + FLAGS, offset + FAILURE_REASON.length);
      if (data[row + CLASS_INDEX]! >= 0) out[offset + FLAGS + data[row + CLASS_INDEX]!] = 1;
    },
  };
};
