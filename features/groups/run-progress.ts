/** How far a DAG run has come, and what went wrong in it so far; all zero before it begins. */
import { defineFeatures, type FeatureGroup, type GroupFactory } from '../group.js';
import { UsualValues } from './usual.js';

export const RUN_PROGRESS = defineFeatures('run_progress', [
  ['dag_run__is_running__now', 'flag', '1 once the run has begun to work'],
  ['dag_run__elapsed__now', 'log1p_seconds', 'time since the run began'],
  [
    'dag_run__elapsed_ratio__now',
    'log_ratio',
    'time since the run began over the usual duration of a run of the DAG',
  ],
  ['dag_run__ended_tries__so_far', 'count', 'tries of the run ended so far'],
  ['dag_run__ended_ratio__so_far', 'log_ratio', 'tries ended so far over the usual number of tries of a run'],
  ['dag_run__open_tries__now', 'count', 'tries of the run queued or running'],
  ['dag_run__failed_tries__so_far', 'count', 'tries of the run failed so far'],
  [
    'dag_run__excess_failures__so_far',
    'count',
    'failed tries beyond those that the historical rates of the tasks expect',
  ],
  ['dag_run__onsets__so_far', 'count', 'tries that failed after a success of their task'],
  ['dag_run__failing_tasks__now', 'count', 'task instances of the run whose latest try failed'],
  [
    'dag_run__exhausted_tasks__now',
    'count',
    'task instances of the run that failed with no try left, where retries are known',
  ],
  ['dag_run__retries__so_far', 'count', 'tries of the run with a try number above 1'],
  ['dag_run__duration__usual', 'log1p_seconds', 'usual duration of a successful run of the DAG'],
  [
    'dag_run__duration_surprise__last',
    'score',
    'duration of the latest successful run in standard deviations from the usual (of logarithms)',
  ],
  [
    'dag_run__duration_drift__recent',
    'log_ratio',
    'duration of the latest few successful runs over the usual',
  ],
]);

export const createRunProgress: GroupFactory = (keys, shared): FeatureGroup => {
  const durations = new UsualValues(keys.dagIds);
  const sizes = new UsualValues(keys.dagIds);
  return {
    dagRunFeatures: RUN_PROGRESS,

    dagRunEnded({ dag, run, failed, endedAt }) {
      if (run.ended > 0) sizes.add(dag.id, Math.log1p(run.ended));
      const began = run.began;
      if (!failed && began <= endedAt) durations.add(dag.id, Math.log1p(endedAt - began));
    },

    tryEnded({ run, label, deployment, dag, task, at }) {
      if (run === null || label < 0) return;
      const expected = shared.historicalRate(deployment, dag, task, at);
      run.expectedFailures = Number.isNaN(run.expectedFailures) ? expected : run.expectedFailures + expected;
    },

    readDagRun({ dag, run, subject, now }, out, offset) {
      const began = run === null ? NaN : run.began;
      const elapsed = began <= now ? Math.log1p(now - began) : 0;
      const usual = durations.mean(dag.id);
      const ended = run?.ended ?? 0;
      const failed = run?.failed ?? 0;
      const expected = run?.expectedFailures ?? NaN;
      let o = offset;
      out[o++] = subject.stage === 'running' || subject.stage === 'retrying' ? 1 : 0;
      out[o++] = elapsed;
      out[o++] = elapsed - usual;
      out[o++] = ended;
      out[o++] = Math.log1p(ended) - sizes.mean(dag.id);
      out[o++] = run?.open ?? 0;
      out[o++] = failed;
      out[o++] = Number.isNaN(expected) ? failed : failed - expected;
      out[o++] = run?.onsets ?? 0;
      out[o++] = run?.failingInstances ?? 0;
      out[o++] = run?.exhausted ?? 0;
      out[o++] = run?.retries ?? 0;
      out[o++] = usual;
      out[o++] = durations.lastSurprise(dag.id);
      out[o++] = durations.drift(dag.id);
    },
  };
};
