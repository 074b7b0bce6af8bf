/** When and amid what a DAG run takes place. */
import { D128, D2, D32, DAY, DecayedMean, H12, H3, failureRate, hazard, onsetsOf } from '../decay.js';
import { defineFeatures, defineToldFeatures, type FeatureGroup, type GroupFactory } from '../group.js';
import { createDayOfMonth, hourOfDay, writeCalendar } from './calendar.js';
import { share } from './outage.js';
import { logSince } from './task-history.js';
import { UsualValues } from './usual.js';

export const RUN_CALENDAR = defineFeatures('calendar', [
  ['calendar__hour_sine__now', 'ratio', 'sine of the hour of the day (UTC)'],
  ['calendar__hour_cosine__now', 'ratio', 'cosine of the hour of the day (UTC)'],
  ['calendar__weekday_sine__now', 'ratio', 'sine of the day of the week (UTC)'],
  ['calendar__weekday_cosine__now', 'ratio', 'cosine of the day of the week (UTC)'],
  ['calendar__day_of_month__now', 'count', 'day of the month (UTC)'],
  [
    'dag_run__hour_failure_rate__128d',
    'ratio',
    'failed runs per run of the DAG begun in the same hour of the day, 128-day half-life',
  ],
]);

export const RUN_TIMING = defineFeatures('timing', [
  ['dag__age__now', 'log1p_seconds', 'time since the DAG was first seen'],
  ['dag__gap__now', 'log1p_seconds', 'time since a run of the DAG began before'],
  ['dag__gap_ratio__now', 'log_ratio', 'time since a run of the DAG began before over the usual'],
  [
    'dag__gap_surprise__now',
    'score',
    'time since a run of the DAG began before in standard deviations from the usual (of logarithms)',
  ],
  ['dag_run__is_manual__now', 'flag', '1 for a run that a person triggered'],
  ['dag_run__is_backfill__now', 'flag', '1 for a run of a backfill'],
  ['dag__is_paused__now', 'flag', '1 while the DAG is paused'],
]).concat(
  defineToldFeatures('timing', [
    [
      'dag__since_change__now',
      'log1p_seconds',
      'time since the description of the DAG changed; since its first description when it never did',
    ],
  ]),
);

export const RUN_OUTAGE = defineFeatures('outage', [
  [
    'elsewhere__onset_rate__3h',
    'ratio',
    'failures per try after a success in the other DAGs, 3-hour half-life',
  ],
  [
    'elsewhere__onset_rate__12h',
    'ratio',
    'failures per try after a success in the other DAGs, 12-hour half-life',
  ],
  [
    'elsewhere__onset_rate__2d',
    'ratio',
    'failures per try after a success in the other DAGs, 2-day half-life',
  ],
  ['elsewhere__onsets__3h', 'count', 'onsets in the other DAGs, decayed at a 3-hour half-life'],
  [
    'elsewhere__broken_tasks__now',
    'ratio',
    'share of the tasks of other DAGs whose latest outcome is a failure',
  ],
  [
    'deployment__broken_dags__now',
    'ratio',
    'share of the DAGs with a task whose latest outcome is a failure',
  ],
]);

export const RUN_LOAD = defineFeatures('load', [
  ['deployment__open__now', 'count', 'tries of other DAGs queued or running in the deployment'],
  [
    'deployment__open_ratio__now',
    'log_ratio',
    'tries queued or running in the deployment over the usual when a run begins',
  ],
  ['dag__active_runs__now', 'count', 'other runs of the DAG under way'],
]);

export const createRunCalendar: GroupFactory = (): FeatureGroup => {
  const byHour = new DecayedMean(128 * DAY);
  const dayOfMonth = createDayOfMonth();
  return {
    dagRunFeatures: RUN_CALENDAR,

    dagRunEnded({ dag, run, failed, at, age }) {
      byHour.add(dag.id * 24 + hourOfDay(run.began), at, failed ? 1 : 0, age);
    },

    readDagRun({ dag, moment, now, runRates, deploymentRunRates }, out, offset) {
      const usual = failureRate(runRates, D32, failureRate(deploymentRunRates, D128, 0.05, 2), 1);
      writeCalendar(moment, dayOfMonth(moment), out, offset);
      out[offset + 5] = byHour.mean(dag.id * 24 + hourOfDay(moment), now, usual, 2);
    },
  };
};

export const createRunTiming: GroupFactory = (): FeatureGroup => {
  const intervals = new UsualValues();
  return {
    dagRunFeatures: RUN_TIMING,

    dagRunBegan({ dag, run }) {
      const gap = run.began - dag.seen.lastAt;
      if (gap > 0) intervals.add(dag.id, Math.log1p(gap));
    },

    readDagRun({ dag, moment, now, subject }, out, offset) {
      const gap = logSince(moment, dag.seen.before(moment), NaN);
      const { runType } = subject;
      let o = offset;
      out[o++] = logSince(moment, dag.seen.firstAt, NaN);
      out[o++] = gap;
      out[o++] = gap - intervals.mean(dag.id);
      out[o++] = intervals.surprise(dag.id, gap);
      out[o++] = runType === null ? NaN : runType === 'manual' ? 1 : 0;
      out[o++] = runType === null ? NaN : runType.startsWith('backfill') ? 1 : 0;
      out[o++] = dag.isPaused;
      out[o++] = logSince(now, dag.changedAt, dag.describedAt);
    },
  };
};

export const createRunOutage: GroupFactory = (): FeatureGroup => ({
  dagRunFeatures: RUN_OUTAGE,

  readDagRun({ deployment, dag, elsewhereRates, baseHazard }, out, offset) {
    const tasks = deployment.currentTasks - dag.currentTasks;
    out[offset] = hazard(elsewhereRates, H3, baseHazard, 5);
    out[offset + 1] = hazard(elsewhereRates, H12, baseHazard, 5);
    out[offset + 2] = hazard(elsewhereRates, D2, baseHazard, 5);
    out[offset + 3] = onsetsOf(elsewhereRates, H3);
    out[offset + 4] = share(deployment.brokenTasks - dag.brokenTasks, tasks);
    out[offset + 5] = share(deployment.brokenDags, deployment.currentDags);
  },
});

export const createRunLoad: GroupFactory = (): FeatureGroup => {
  const usualOpen = new UsualValues();
  return {
    dagRunFeatures: RUN_LOAD,

    dagRunBegan({ dag }) {
      usualOpen.add(dag.deployment.id, Math.log1p(dag.deployment.open));
    },

    readDagRun({ deployment, dag, run }, out, offset) {
      const open = deployment.open - dag.open;
      out[offset] = open;
      out[offset + 1] = Math.log1p(open) - usualOpen.mean(deployment.id);
      out[offset + 2] = Math.max(0, dag.activeRuns - (run === null || run.closed ? 0 : 1));
    },
  };
};
