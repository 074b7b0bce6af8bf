/** How earlier runs ended in which a task had failed as one of this run's does now. */
import { DAY, DecayedMean } from '../decay.js';
import type { RunState, TaskKey } from '../entities.js';
import { defineFeatures, type FeatureGroup, type GroupFactory } from '../group.js';
import { TROUBLE_KINDS, isFinalKind, troubleKind } from '../trouble-kind.js';

export const RUN_TROUBLE = defineFeatures('run_trouble', [
  [
    'dag_run__trouble_rate__now',
    'ratio',
    'failed runs per earlier run in which a task had failed as one does now (the same task, as many tries, as finally); the highest over the failing tasks, unknown while none is failing; 128-day half-life',
  ],
  [
    'dag_run__trouble_runs__now',
    'count',
    'such runs, decayed at a 128-day half-life; 0 while no task is failing',
  ],
]);

/** Each level counts as so many runs of the level above. */
const PRIOR_WEIGHT = 2;
/** Before any run has told: a final failure mostly fails the run, another is mostly retried with success. */
const FINAL_PRIOR = 0.75;
const RETRIED_PRIOR = 0.25;

export const createRunTrouble: GroupFactory = (keys): FeatureGroup => {
  const byTask = new DecayedMean(128 * DAY, keys.troubleIds, TROUBLE_KINDS);
  const byDag = new DecayedMean(128 * DAY, keys.dagIds, TROUBLE_KINDS);
  const byDeployment = new DecayedMean(128 * DAY);

  /** A trouble counts once per run, however many instances share it: at its task, its DAG and its deployment. */
  function record({ dag, troubles }: RunState, label: number, at: number, age: number): void {
    let seen = 0;
    for (const [task, kinds] of troubles ?? []) {
      if (task.troubleRow === 0) task.troubleRow = keys.troubleIds.take();
      for (let kind = 0; kind < TROUBLE_KINDS; kind++) {
        if ((kinds & (1 << kind)) === 0) continue;
        byTask.add(task.troubleRow * TROUBLE_KINDS + kind, at, label, age);
        if ((seen & (1 << kind)) !== 0) continue;
        seen |= 1 << kind;
        byDag.add(dag.id * TROUBLE_KINDS + kind, at, label, age);
        byDeployment.add(dag.deployment.id * TROUBLE_KINDS + kind, at, label, age);
      }
    }
  }

  function rateOf(task: TaskKey, kind: number, now: number): number {
    const { dag } = task;
    const prior = isFinalKind(kind) ? FINAL_PRIOR : RETRIED_PRIOR;
    const anywhere = byDeployment.mean(dag.deployment.id * TROUBLE_KINDS + kind, now, prior, PRIOR_WEIGHT);
    const inDag = byDag.mean(dag.id * TROUBLE_KINDS + kind, now, anywhere, PRIOR_WEIGHT);
    return byTask.mean(task.troubleRow * TROUBLE_KINDS + kind, now, inDag, PRIOR_WEIGHT);
  }

  return {
    dagRunFeatures: RUN_TROUBLE,

    tryEnded({ run, task, fact, failed, at, age }) {
      if (run === null || !failed) return;
      const kind = troubleKind(fact, task.description?.retries ?? null);
      run.troubles ??= new Map();
      run.troubles.set(task, (run.troubles.get(task) ?? 0) | (1 << kind));
      // News of a try may come with or after that of the end of its run.
      if (!run.closed) return;
      if (run.outcome !== null) record(run, run.outcome ? 1 : 0, at, age);
      run.troubles = null;
    },

    dagRunEnded({ run, failed, at, age }) {
      if (run.troubles !== null) record(run, failed ? 1 : 0, at, age);
      run.troubles = null;
    },

    readDagRun({ run, now }, out, offset) {
      out[offset] = NaN;
      out[offset + 1] = 0;
      if (run === null || run.failingInstances === 0) return;
      let rate = NaN;
      let runs = 0;
      // Thousands of mapped instances share a few troubles.
      const known = new Set<number>();
      for (const { task, kind } of run.failing!.values()) {
        const key = task.id * TROUBLE_KINDS + kind;
        if (known.has(key)) continue;
        known.add(key);
        const its = rateOf(task, kind, now);
        if (its <= rate) continue;
        rate = its;
        runs = byTask.count(task.troubleRow * TROUBLE_KINDS + kind, now);
      }
      out[offset] = rate;
      out[offset + 1] = runs;
    },
  };
};
