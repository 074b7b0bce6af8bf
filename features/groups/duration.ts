/** How long the latest tries took, ran and waited, and how long this one has run, against what is usual for them. */
import { DecayedMean, HOUR } from '../decay.js';
import {
  defineFeatures,
  defineToldFeatures,
  type FeatureGroup,
  type GroupFactory,
  type TryMoment,
} from '../group.js';
import { Lasting } from '../lasting.js';
import { NumberTable } from '../table.js';
import { UsualValues } from './usual.js';

const MEASURED = defineFeatures('duration', [
  ['task__duration__usual', 'log1p_seconds', 'usual duration of a successful try'],
  [
    'task__duration_surprise__last',
    'score',
    'duration of the latest labelled try in standard deviations from the usual (of logarithms)',
  ],
  [
    'task__duration_ratio__last',
    'log_ratio',
    'logarithm of the duration of the latest successful try over the usual',
  ],
  [
    'task__duration_drift__recent',
    'log_ratio',
    'logarithm of the duration of the latest few successes over the usual',
  ],
  ['task__queue_wait__usual', 'log1p_seconds', 'usual time between queueing and start'],
  [
    'task__queue_wait_surprise__last',
    'score',
    'queue wait of the latest try that started, or failed before it could, in standard deviations from the usual',
  ],
  ['dag__duration_surprise__12h', 'score', 'mean surprise of the durations in the DAG, 12-hour half-life'],
  [
    'deployment__duration_surprise__3h',
    'score',
    'mean surprise of the durations in the deployment, 3-hour half-life',
  ],
  [
    'pool__queue_wait_surprise__3h',
    'score',
    'mean surprise of the queue waits in the pool, 3-hour half-life',
  ],
  [
    'deployment__queue_wait_surprise__3h',
    'score',
    'mean surprise of the queue waits in the deployment, 3-hour half-life',
  ],
  ['task__timeout_share__usual', 'ratio', 'usual duration over the execution timeout of the task'],
  ['try__elapsed__now', 'log1p_seconds', 'time since the try started; 0 before'],
  [
    'try__outlasting__now',
    'log_ratio',
    'share of failed tries that lasted longer than this one has, against the usual of their task, over that of successful ones; 0 before it started',
  ],
]);

export const DURATION = [
  ...MEASURED,
  ...defineToldFeatures('duration', [
    [
      'task__unstarted__latest',
      'flag',
      '1 when the latest labelled try (of the map index, where it has one) failed before it got a slot, else 0',
    ],
    [
      'pool__unstarted_share__3h',
      'ratio',
      'share of the latest labelled tries of the pool that failed before they got a slot, drawn to 0 by one more try; 3-hour half-life',
    ],
  ]),
];

/** Writes to a table of one number per id. */
function setFirst(table: NumberTable, id: number, value: number): void {
  const row = table.row(id);
  table.data[row] = value;
}

/** What is usual is told by runs, one like the other, however many map indexes or retries each has. */
function occasionOf({ run }: TryMoment): number {
  return run === null ? 0 : run.serial;
}

export const createDuration: GroupFactory = (keys): FeatureGroup => {
  const durations = new UsualValues(keys.taskIds);
  const waits = new UsualValues(keys.taskIds);
  const lasting = new Lasting(keys.lastingIds);
  const dagSurprise = new DecayedMean(12 * HOUR, keys.dagIds);
  const deploymentSurprise = new DecayedMean(3 * HOUR);
  const poolWaitSurprise = new DecayedMean(3 * HOUR);
  const deploymentWaitSurprise = new DecayedMean(3 * HOUR);
  const poolUnstarted = new DecayedMean(3 * HOUR);
  const unstartedTasks = new NumberTable([0], keys.taskIds);
  const unstartedIndexes = new NumberTable([NaN], keys.mappedIds);

  function waited(moment: TryMoment, seconds: number): void {
    const { task, dag, pool, at } = moment;
    const surprise = waits.add(task.id, Math.log1p(Math.max(0, seconds)), occasionOf(moment));
    if (pool.id !== 0) poolWaitSurprise.add(pool.id, at, surprise, 0);
    deploymentWaitSurprise.add(dag.deployment.id, at, surprise, 0);
  }

  function noteStart({ fact, task, pool, at, age }: TryMoment, gotSlot: boolean): void {
    const unstarted = gotSlot ? 0 : 1;
    if (pool.id !== 0) poolUnstarted.add(pool.id, at, unstarted, age);
    setFirst(unstartedTasks, task.id, unstarted);
    const index = keys.mapped(task, fact.mapIndex);
    if (index !== 0) setFirst(unstartedIndexes, index, unstarted);
  }

  return {
    tryFeatures: DURATION,

    tryStarted(moment) {
      const { queuedAt, startedAt } = moment.fact;
      if (queuedAt !== null && startedAt !== null) waited(moment, startedAt - queuedAt);
    },

    tryEnded(moment) {
      const { fact, task, dag, label, at, age, endedAt } = moment;
      // Of a task whose starts are known, a failed try without one got no slot: it waited so long at least, and took no time.
      const gotNoSlot = label === 1 && fact.startedAt === null && !Number.isNaN(waits.mean(task.id));
      if (label >= 0) noteStart(moment, !gotNoSlot);
      if (gotNoSlot) {
        if (fact.queuedAt !== null) waited(moment, endedAt - fact.queuedAt);
        task.lastSurprise = 0;
        return;
      }
      const began = fact.startedAt ?? fact.queuedAt;
      if (label < 0 || began === null) return;
      const duration = Math.log1p(Math.max(0, endedAt - began));
      const ratio = duration - durations.mean(task.id);
      if (!Number.isNaN(ratio)) {
        if (label === 1 && task.lastingRow === 0) task.lastingRow = keys.lastingIds.take();
        lasting.add(dag.deployment.id, task.lastingRow, label === 1, ratio, at, age);
      }
      const occasion = occasionOf(moment);
      const surprise =
        label === 0
          ? durations.add(task.id, duration, occasion)
          : durations.surprise(task.id, duration, occasion);
      task.lastSurprise = surprise;
      dagSurprise.add(dag.id, at, surprise, age);
      deploymentSurprise.add(dag.deployment.id, at, surprise, age);
    },

    readTry({ subject, task, dag, deployment, pool, now }, out, offset) {
      const usual = durations.mean(task.id);
      const timeout = task.description?.executionTimeoutSeconds ?? null;
      let o = offset;
      out[o++] = usual;
      out[o++] = task.lastSurprise;
      out[o++] = durations.last(task.id) - usual;
      out[o++] = durations.drift(task.id);
      out[o++] = waits.mean(task.id);
      out[o++] = waits.lastSurprise(task.id);
      out[o++] = dagSurprise.mean(dag.id, now, 0, 2);
      out[o++] = deploymentSurprise.mean(deployment.id, now, 0, 2);
      out[o++] = pool.id === 0 ? NaN : poolWaitSurprise.mean(pool.id, now, 0, 2);
      out[o++] = deploymentWaitSurprise.mean(deployment.id, now, 0, 2);
      out[o++] = timeout === null ? NaN : Math.expm1(usual) / timeout;
      const startedAt = subject.stage === 'running' ? subject.startedAt : null;
      const elapsed = startedAt === null ? 0 : Math.log1p(Math.max(0, now - startedAt));
      out[o++] = elapsed;
      out[o++] =
        startedAt === null || Number.isNaN(usual)
          ? 0
          : lasting.shift(deployment.id, task.lastingRow, elapsed - usual, now);
      const index = subject.mapIndex < 0 ? 0 : (task.mapped?.get(subject.mapIndex) ?? 0);
      const ofIndex = unstartedIndexes.data[unstartedIndexes.peek(index)]!;
      out[o++] = Number.isNaN(ofIndex) ? unstartedTasks.data[unstartedTasks.peek(task.id)]! : ofIndex;
      out[o++] = pool.id === 0 ? NaN : poolUnstarted.mean(pool.id, now, 0, 1);
    },
  };
};
