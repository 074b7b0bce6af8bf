/** What has happened in the same DAG run until now; all zero for a run that has not begun. */
import { defineFeatures, type FeatureGroup, type GroupFactory, type TryReading } from '../group.js';
import { UsualValues } from './usual.js';
import type { RunState } from '../entities.js';

export const RUN_SO_FAR = defineFeatures('run_so_far', [
  ['run__queued__so_far', 'count', 'tries of the run queued so far'],
  ['run__ended__so_far', 'count', 'tries of the run ended so far'],
  ['run__failed__so_far', 'count', 'tries of the run failed so far'],
  ['run__failed_share__so_far', 'ratio', 'failed among ended tries of the run'],
  ['run__onsets__so_far', 'count', 'tries of the run that failed after a success of their task'],
  [
    'run__excess_failures__so_far',
    'count',
    'failed tries of the run beyond those that the historical rates expect',
  ],
  ['run__retries__so_far', 'count', 'tries of the run with a try number above 1'],
  [
    'run__upstream_failing__now',
    'count',
    'direct upstream task instances of this run whose latest try failed',
  ],
  ['run__elapsed__now', 'log1p_seconds', 'time since the run began'],
  ['run__elapsed_ratio__now', 'log_ratio', 'time since the run began over the usual for this task'],
  ['run__queued_ratio__so_far', 'log_ratio', 'tries queued so far over the usual when this task is queued'],
]);

function upstreamFailing(reading: TryReading, run: RunState): number {
  let failing = 0;
  if (run.failing !== null) {
    for (const instance of run.failing.values()) {
      if (instance.task.downstream?.has(reading.subject.taskId) === true) failing++;
    }
  }
  return failing;
}

export const createRunSoFar: GroupFactory = (_keys, shared): FeatureGroup => {
  const usualElapsed = new UsualValues();
  const usualQueued = new UsualValues();
  return {
    tryFeatures: RUN_SO_FAR,

    tryQueued({ task, run, fact, at }) {
      if (run === null) return;
      const queuedAt = fact.queuedAt ?? at;
      usualElapsed.add(task.id, Math.log1p(Math.max(0, queuedAt - run.began)));
      usualQueued.add(task.id, Math.log1p(run.queuedBefore(queuedAt)));
    },

    tryEnded({ run, label, deployment, dag, task, at }) {
      if (run === null || label < 0) return;
      const expected = shared.historicalRate(deployment, dag, task, at);
      run.expectedFailures = Number.isNaN(run.expectedFailures) ? expected : run.expectedFailures + expected;
    },

    readTry(reading, out, offset) {
      const { run, task, self, moment, subject } = reading;
      let o = offset;
      if (run === null) {
        const usual = usualElapsed.mean(task.id);
        out.fill(0, o, o + 9);
        out[o + 9] = -usual;
        out[o + 10] = -usualQueued.mean(task.id);
        return;
      }
      const elapsed = Math.log1p(Math.max(0, moment - run.began));
      const queued = self === 1 ? run.queuedBefore(moment) : run.queued;
      out[o++] = queued;
      out[o++] = run.ended;
      out[o++] = run.failed;
      out[o++] = run.ended > 0 ? run.failed / run.ended : 0;
      out[o++] = run.onsets;
      out[o++] = run.ended > 0 && run.expectedFailures > 0 ? run.failed - run.expectedFailures : run.failed;
      out[o++] = Math.max(0, run.retries - (subject.tryNumber > 1 ? self : 0));
      out[o++] = run.failed > 0 ? upstreamFailing(reading, run) : 0;
      out[o++] = elapsed;
      out[o++] = elapsed - usualElapsed.mean(task.id);
      out[o++] = Math.log1p(queued) - usualQueued.mean(task.id);
    },
  };
};
