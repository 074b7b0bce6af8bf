/** How the task itself has fared. */
import { D128, D2, D32, D8, DecayedMean, H12, DAY, failureRate, triesOf } from '../decay.js';
import { defineFeatures, type FeatureGroup, type GroupFactory, type TryReading } from '../group.js';
import { NO_OUTCOME } from '../ledger.js';
import { NumberTable } from '../table.js';

export const TASK_HISTORY = defineFeatures('task_history', [
  [
    'task__historical_rate__30d',
    'ratio',
    'failures per ended try at a 30-day half-life, drawn towards the DAG and the deployment',
  ],
  [
    'task__last_outcome__latest',
    'flag',
    '1 when the latest labelled try (any map index) failed, 0 when it succeeded',
  ],
  ['task__failure_rate__12h', 'ratio', 'failures per try at a 12-hour half-life, drawn towards the DAG'],
  ['task__failure_rate__2d', 'ratio', 'failures per try at a 2-day half-life, drawn towards the DAG'],
  ['task__failure_rate__8d', 'ratio', 'failures per try at an 8-day half-life, drawn towards the DAG'],
  ['task__failure_rate__32d', 'ratio', 'failures per try at a 32-day half-life, drawn towards the DAG'],
  ['task__failure_rate__128d', 'ratio', 'failures per try at a 128-day half-life, drawn towards the DAG'],
  ['task__tries__8d', 'count', 'labelled tries, decayed at an 8-day half-life'],
  ['task__tries__128d', 'count', 'labelled tries, decayed at a 128-day half-life'],
  ['task__tries__all', 'count', 'labelled tries ever seen'],
  ['task__failures__all', 'count', 'failed tries ever seen'],
  ['task__failures__last_2', 'count', 'failures among the latest 2 labelled tries'],
  ['task__failures__last_4', 'count', 'failures among the latest 4 labelled tries'],
  ['task__failures__last_8', 'count', 'failures among the latest 8 labelled tries'],
  ['task__failures__last_30', 'count', 'failures among the latest 30 labelled tries'],
  ['task__failure_streak__now', 'count', 'failures in a row up to now'],
  ['task__success_streak__now', 'count', 'successes in a row up to now'],
  [
    'task__since_failure__now',
    'log1p_seconds',
    'time since the latest failure; since the task was first seen when it never failed',
  ],
  [
    'task__since_success__now',
    'log1p_seconds',
    'time since the latest success; since the task was first seen when it never succeeded',
  ],
  [
    'map_index__failure_rate__32d',
    'ratio',
    'failures per try of the same map index, drawn towards the task; the task when not mapped',
  ],
  [
    'map_index__last_outcome__latest',
    'flag',
    '1 when the latest labelled try of the same map index failed, 0 when it succeeded; the task where it has none',
  ],
]);

/** Time since `at`, or since `otherwise` when that never was; NaN when neither is known. */
export function logSince(now: number, at: number, otherwise: number): number {
  const since = now - (Number.isNaN(at) ? otherwise : at);
  return Math.log1p(since > 0 ? since : since === since ? 0 : NaN);
}

export const createTaskHistory: GroupFactory = (keys, shared): FeatureGroup => {
  const mapped = new DecayedMean(32 * DAY, keys.mappedIds);
  const lastOfMapped = new NumberTable([NaN], keys.mappedIds);
  return {
    tryFeatures: TASK_HISTORY,

    tryEnded(moment) {
      if (moment.label < 0 || moment.fact.mapIndex < 0) return;
      const id = keys.mapped(moment.task, moment.fact.mapIndex);
      if (id === 0) return;
      mapped.add(id, moment.at, moment.label, moment.age);
      const row = lastOfMapped.row(id);
      lastOfMapped.data[row] = moment.label;
    },

    readTry(reading: TryReading, out, offset) {
      const { task, taskRates, dagRate, now, subject } = reading;
      const { outcomes, seen } = task;
      const failing = outcomes.last === 1;
      const last = outcomes.last === NO_OUTCOME ? NaN : outcomes.last;
      const rate32 = failureRate(taskRates, D32, dagRate, 1);
      let o = offset;
      out[o++] = shared.historicalRate(reading.deployment, reading.dag, task, now);
      out[o++] = last;
      out[o++] = failureRate(taskRates, H12, dagRate, 1);
      out[o++] = failureRate(taskRates, D2, dagRate, 1);
      out[o++] = failureRate(taskRates, D8, dagRate, 1);
      out[o++] = rate32;
      out[o++] = failureRate(taskRates, D128, dagRate, 1);
      out[o++] = triesOf(taskRates, D8);
      out[o++] = triesOf(taskRates, D128);
      out[o++] = outcomes.total;
      out[o++] = outcomes.failures;
      out[o++] = outcomes.failuresAmong(2);
      out[o++] = outcomes.failuresAmong(4);
      out[o++] = outcomes.failuresAmong(8);
      out[o++] = outcomes.failuresAmong(30);
      out[o++] = failing ? outcomes.streak : 0;
      out[o++] = outcomes.last === 0 ? outcomes.streak : 0;
      out[o++] = logSince(now, outcomes.lastFailureAt, seen.firstAt);
      out[o++] = logSince(now, outcomes.lastSuccessAt, seen.firstAt);
      const id = subject.mapIndex < 0 ? 0 : (task.mapped?.get(subject.mapIndex) ?? 0);
      out[o++] = id === 0 ? rate32 : mapped.mean(id, now, rate32, 1);
      out[o++] = id === 0 ? last : lastOfMapped.data[lastOfMapped.peek(id)]!;
    },
  };
};
