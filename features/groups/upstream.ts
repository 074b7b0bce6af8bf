/** How the tasks that it waits for fared in this run, how long the run's tries take, and how the DAGs that feed its own are. */
import type { DagKey, RunState } from '../entities.js';
import {
  defineFeatures,
  defineToldFeatures,
  type FeatureGroup,
  type GroupFactory,
  type TryReading,
} from '../group.js';
import { share } from './outage.js';
import { UsualValues } from './usual.js';

export const UPSTREAM = defineFeatures('upstream', [
  [
    'upstream__broken_share__now',
    'ratio',
    'share of the direct upstream tasks whose latest outcome is a failure',
  ],
  [
    'upstream__try_number__highest',
    'count',
    'highest number of tries that a direct upstream task took in this run; 0 when none has ended in it',
  ],
  [
    'upstream__duration_surprise__largest',
    'score',
    'largest surprise of the duration of a direct upstream task in this run',
  ],
  ['run__duration_surprise__mean', 'score', 'mean surprise of the durations of the ended tries of this run'],
  [
    'run__duration_surprise__largest',
    'score',
    'largest surprise of the durations of the ended tries of this run',
  ],
  ['upstream_dag__failed__share', 'ratio', 'share of the DAGs that feed this one whose latest run failed'],
  [
    'upstream_dag__broken_share__highest',
    'ratio',
    'highest share, among the DAGs that feed this one, of tasks whose latest outcome is a failure',
  ],
  [
    'upstream_dag__gap_ratio__highest',
    'log_ratio',
    'longest time since a DAG that feeds this one succeeded, over its usual time between successes',
  ],
]).concat(
  defineToldFeatures('upstream', [
    [
      'run__upstream_failing__now',
      'count',
      'direct upstream task instances of this run whose latest try failed',
    ],
  ]),
);

function writeUpstreamTasks({ task, run }: TryReading, out: Float32Array, offset: number): void {
  let broken = 0;
  let tries = 0;
  let surprise = NaN;
  for (const upstream of task.upstream) {
    if (upstream.outcomes.last === 1) broken++;
    if (run === null || upstream.lastRun !== run) continue;
    tries = Math.max(tries, upstream.lastTryNumber);
    if (!(upstream.lastSurprise <= surprise)) surprise = upstream.lastSurprise;
  }
  const known = task.upstream.size > 0;
  out[offset] = known ? broken / task.upstream.size : NaN;
  out[offset + 1] = known ? tries : NaN;
  out[offset + 2] = surprise;
}

function upstreamFailing(taskId: string, { failing }: RunState): number {
  let count = 0;
  if (failing !== null) {
    for (const { task } of failing.values()) if (task.downstream?.has(taskId) === true) count++;
  }
  return count;
}

export const createUpstream: GroupFactory = (keys): FeatureGroup => {
  /** Time between two successful runs of a DAG. */
  const gaps = new UsualValues(keys.dagIds);

  function writeUpstreamDags(dag: DagKey, now: number, out: Float32Array, offset: number): void {
    let failed = 0;
    let broken = NaN;
    let gap = NaN;
    for (const upstream of dag.upstreamDags.keys()) {
      if (upstream.runOutcomes.last === 1) failed++;
      const brokenShare = share(upstream.brokenTasks, upstream.currentTasks);
      if (!(brokenShare <= broken)) broken = brokenShare;
      const sinceSuccess = Math.max(0, now - upstream.runOutcomes.lastSuccessAt);
      const ratio = Math.log1p(sinceSuccess) - gaps.mean(upstream.id);
      if (!(ratio <= gap) && !Number.isNaN(ratio)) gap = ratio;
    }
    out[offset] = dag.upstreamDags.size > 0 ? failed / dag.upstreamDags.size : NaN;
    out[offset + 1] = broken;
    out[offset + 2] = gap;
  }

  return {
    tryFeatures: UPSTREAM,

    dagRunEnded({ dag, failed, endedAt }) {
      const gap = endedAt - dag.runOutcomes.lastSuccessAt;
      if (!failed && gap > 0) gaps.add(dag.id, Math.log1p(gap));
    },

    tryEnded({ run, task, label, fact }) {
      if (run === null || label < 0 || (fact.startedAt === null && fact.queuedAt === null)) return;
      run.surprises++;
      run.surpriseSum += task.lastSurprise;
      if (!(task.lastSurprise <= run.surpriseMost)) run.surpriseMost = task.lastSurprise;
    },

    readTry(reading, out, offset) {
      const { dag, run, now } = reading;
      writeUpstreamTasks(reading, out, offset);
      out[offset + 3] = run === null || run.surprises === 0 ? NaN : run.surpriseSum / run.surprises;
      out[offset + 4] = run === null ? NaN : run.surpriseMost;
      writeUpstreamDags(dag, now, out, offset + 5);
      out[offset + 8] = run === null ? 0 : upstreamFailing(reading.subject.taskId, run);
    },
  };
};
