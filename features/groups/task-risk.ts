/** What the tasks of a DAG, as they fare, mean for one of its runs. */
import { D2, D32, DAY, H12, failureRate, hazard, persistence } from '../decay.js';
import { defineFeatures, type FeatureGroup, type GroupFactory } from '../group.js';
import { share } from './outage.js';
import type { RunState, TaskKey } from '../entities.js';

export const TASK_RISK = defineFeatures('task_risk', [
  [
    'dag__task_rate__highest',
    'ratio',
    'highest historical rate of the tasks that have not succeeded in this run yet',
  ],
  ['dag__task_rate__any', 'ratio', 'probability that any of these tasks fails, from their historical rates'],
  [
    'dag__task_transition__highest',
    'ratio',
    'highest rate of failing of these tasks after an outcome like their latest',
  ],
  ['dag__task_transition__any', 'ratio', 'probability that any of these tasks fails, from those rates'],
  ['dag__tasks__now', 'count', 'tasks of the DAG seen in the last two weeks of its life'],
  ['dag__broken_tasks__count', 'count', 'tasks of the DAG whose latest outcome is a failure'],
  ['dag__broken_tasks__share', 'ratio', 'share of the tasks of the DAG whose latest outcome is a failure'],
  ['dag__failure_rate__12h', 'ratio', 'failures per try of the DAG at a 12-hour half-life'],
  ['dag__failure_rate__2d', 'ratio', 'failures per try of the DAG at a 2-day half-life'],
  ['dag__failure_rate__32d', 'ratio', 'failures per try of the DAG at a 32-day half-life'],
]);

/** A task that the DAG has run without for so long has left it. */
const TASK_MEMORY_SECONDS = 14 * DAY;

function hasSucceeded(task: TaskKey, run: RunState | null): boolean {
  return run !== null && task.lastRun === run && task.outcomes.last === 0;
}

export const createTaskRisk: GroupFactory = (_keys, shared): FeatureGroup => ({
  dagRunFeatures: TASK_RISK,

  readDagRun(reading, out, offset) {
    const { deployment, dag, run, now, dagRates, taskRates, baseRate } = reading;
    const dagRate = failureRate(dagRates, D32, baseRate, 2);
    const dagHazard = hazard(dagRates, D32, reading.baseHazard, 5);
    const dagPersistence = persistence(dagRates, D32, reading.basePersistence, 2);
    let highest = 0;
    let highestTransition = 0;
    let noneFails = 1;
    let noneTurns = 1;
    let tasks = 0;
    for (const task of dag.tasks.values()) {
      if (!(task.seen.lastAt >= dag.lastQueuedAt - TASK_MEMORY_SECONDS)) continue;
      tasks++;
      if (hasSucceeded(task, run)) continue;
      const rate = shared.historicalRate(deployment, dag, task, now);
      shared.loadTaskRates(task, now, D32, taskRates);
      const transition =
        task.outcomes.last === 1
          ? persistence(taskRates, D32, dagPersistence, 2)
          : hazard(taskRates, D32, dagHazard, 4);
      highest = Math.max(highest, rate);
      highestTransition = Math.max(highestTransition, transition);
      noneFails *= 1 - rate;
      noneTurns *= 1 - transition;
    }
    const known = tasks > 0;
    let o = offset;
    out[o++] = known ? highest : NaN;
    out[o++] = known ? 1 - noneFails : NaN;
    out[o++] = known ? highestTransition : NaN;
    out[o++] = known ? 1 - noneTurns : NaN;
    out[o++] = tasks;
    out[o++] = dag.brokenTasks;
    out[o++] = share(dag.brokenTasks, dag.currentTasks);
    out[o++] = failureRate(dagRates, H12, dagRate, 2);
    out[o++] = failureRate(dagRates, D2, dagRate, 2);
    out[o++] = dagRate;
  },
});
