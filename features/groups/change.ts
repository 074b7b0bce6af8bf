/** New code, a new schedule, and who triggered the run. */
import { D32, DAY, DecayedMean, HOUR, failureRate } from '../decay.js';
import type { DagKey } from '../entities.js';
import type { ResolvedExtra } from '../extras.js';
import { defineFeatures, type FeatureGroup, type GroupFactory, type TryMoment } from '../group.js';
import { knownValue } from '../keys.js';
import { NumberTable } from '../table.js';
import { logSince } from './task-history.js';

export const CHANGE = defineFeatures('change', [
  [
    'dag__since_deploy__now',
    'log1p_seconds',
    'time since new code of the DAG appeared (a DAG version, or another value of an extra key that seldom changes); unknown, as what follows, when that was more than 30 days ago',
  ],
  ['dag__deploys__32d', 'count', 'such changes of the DAG, decayed at a 32-day half-life'],
  ['deployment__deploys__12h', 'count', 'such changes of all DAGs, decayed at a 12-hour half-life'],
  ['task__tries__since_deploy', 'count', 'labelled tries of the task queued since then, at most 20'],
  [
    'task__failure_rate__since_deploy',
    'ratio',
    'failures per try of the task queued since then, drawn towards its usual rate',
  ],
  [
    'dag__failure_rate__since_deploy',
    'ratio',
    'failures per try of the DAG queued since then, drawn likewise',
  ],
  [
    'dag__excess_failures__since_deploy',
    'count',
    'failures of the DAG since then beyond those that the historical rates expect, cut at 20',
  ],
  [
    'dag__first_try_failure_rate__128d',
    'ratio',
    'failures per first try of a task with new code of the DAG, 128-day half-life, drawn towards the deployment',
  ],
  ['dag__since_schedule_change__now', 'log1p_seconds', 'time since the schedule of the DAG changed'],
  ['run__is_manual__now', 'flag', '1 in a run that a person triggered'],
  ['run__is_backfill__now', 'flag', '1 in a run of a backfill'],
  ['run__is_asset_triggered__now', 'flag', '1 in a run that an asset (dataset) triggered'],
  [
    'dag__run_type_failure_rate__128d',
    'ratio',
    'failures per try of the DAG in runs of this type, 128-day half-life',
  ],
]);

/** Columns of a key of a DAG: its latest value, the one before, how often it changed, and tries seen. */
const VALUE = 0;
const BEFORE = 1;
const CHANGES = 2;
const TRIES = 3;
/** A text without an id yet. */
const UNSEEN = -1;
/** A key counts as a version when at most every tenth try changed it. */
const TRIES_PER_CHANGE = 10;

/** Columns of a DAG or task since new code: of which deploy they tell, ended tries, failures, expected failures. */
const DEPLOY = 0;
const ENDED = 1;
const FAILED = 2;
const EXPECTED = 3;

/** An older change is none: what it did is in the usual rates by then. */
const CHANGE_SECONDS = 30 * DAY;
/** Counts beyond this say no more, and must not grow as the history does. */
const MOST_SINCE = 20;

/** Rates by run type, of so many types of a DAG. */
const RUN_TYPES = 8;

export const createChange: GroupFactory = (keys, shared): FeatureGroup => {
  const values = new NumberTable([NaN, NaN, 0, 0], keys.measureIds);
  const byDag = new NumberTable([NaN, 0, 0, 0], keys.dagIds);
  const byTask = new NumberTable([NaN, 0, 0, 0], keys.taskIds);
  const firstTries = new DecayedMean(128 * DAY, keys.dagIds);
  const deploymentFirstTries = new DecayedMean(128 * DAY);
  const dagDeploys = new DecayedMean(32 * DAY, keys.dagIds);
  const deploymentDeploys = new DecayedMean(12 * HOUR);
  const byRunType = new DecayedMean(128 * DAY, keys.dagIds, RUN_TYPES);

  /** Whether a value differs from the latest two of a key that seldom changes. A DAG's older runs go on with the older value. */
  function isNew(row: number, value: number): boolean {
    const { data } = values;
    const tries = data[row + TRIES]!;
    return (
      tries > 0 &&
      value !== data[row + VALUE]! &&
      value !== data[row + BEFORE]! &&
      (data[row + CHANGES]! + 1) * TRIES_PER_CHANGE <= tries
    );
  }

  /** The first run with a version that Airflow told of before is no further change. */
  function carriesNewCode(dag: DagKey, extra: ResolvedExtra): boolean {
    if (dag.measures === null) return false;
    if (!Number.isNaN(dag.versionNumber) && !(dag.lastQueuedAt > dag.deployedAt)) return false;
    for (let i = 0; i < extra.textCount; i++) {
      if (isNew(values.peek(dag.measures[extra.textKeys[i]!] ?? 0), extra.texts[i]!)) return true;
    }
    for (let i = 0; i < extra.unseenCount; i++) {
      if (isNew(values.peek(dag.measures[extra.unseenKeys[i]!] ?? 0), UNSEEN)) return true;
    }
    for (let i = 0; i < extra.numberCount; i++) {
      if (isNew(values.peek(dag.measures[extra.numberKeys[i]!] ?? 0), extra.numbers[i]!)) return true;
    }
    return false;
  }

  function follow(row: number, value: number): void {
    const { data } = values;
    data[row + TRIES]!++;
    if (value === data[row + VALUE]!) return;
    if (data[row + TRIES]! > 1) data[row + CHANGES]!++;
    data[row + BEFORE] = data[row + VALUE]!;
    data[row + VALUE] = value;
  }

  function deployed(dag: DagKey, at: number): void {
    dagDeploys.add(dag.id, at, 1, 0);
    deploymentDeploys.add(dag.deployment.id, at, 1, 0);
  }

  /** Row of what happened since the DAG's latest deploy, begun anew when it tells of an earlier one. */
  function since(table: NumberTable, id: number, deployedAt: number): number {
    const row = table.row(id);
    if (table.data[row + DEPLOY] !== deployedAt) {
      table.data[row + DEPLOY] = deployedAt;
      table.data.fill(0, row + ENDED, row + EXPECTED + 1);
    }
    return row;
  }

  function recordEnd({ fact, deployment, dag, task, label, at, age }: TryMoment): void {
    const queuedAt = fact.queuedAt ?? fact.startedAt;
    if (queuedAt === null || !(queuedAt >= dag.deployedAt)) return;
    if (at - dag.deployedAt > CHANGE_SECONDS) return;
    const ofTask = since(byTask, task.id, dag.deployedAt);
    if (byTask.data[ofTask + ENDED] === 0) {
      firstTries.add(dag.id, at, label, age);
      deploymentFirstTries.add(deployment.id, at, label, age);
    }
    const expected = shared.historicalRate(deployment, dag, task, at);
    byTask.data[ofTask + ENDED]!++;
    byTask.data[ofTask + FAILED]! += label;
    const ofDag = since(byDag, dag.id, dag.deployedAt);
    byDag.data[ofDag + ENDED]!++;
    byDag.data[ofDag + FAILED]! += label;
    byDag.data[ofDag + EXPECTED]! += Number.isNaN(expected) ? 0 : expected;
  }

  return {
    tryFeatures: CHANGE,

    dagDeployed({ dag, at }) {
      deployed(dag, at);
    },

    tryQueued({ dag, extra, fact, at }) {
      if (extra.textCount + extra.numberCount === 0) return;
      if (carriesNewCode(dag, extra)) {
        dag.deployedAt = Math.min(at, fact.queuedAt ?? at);
        deployed(dag, at);
      }
      for (let i = 0; i < extra.textCount; i++)
        follow(values.row(keys.measure(dag, extra.textKeys[i]!)), extra.texts[i]!);
      for (let i = 0; i < extra.numberCount; i++)
        follow(values.row(keys.measure(dag, extra.numberKeys[i]!)), extra.numbers[i]!);
    },

    tryEnded(moment) {
      const { deployment, dag, fact, label, at, age } = moment;
      if (label < 0) return;
      const type = keys.value(deployment.runTypes, fact.runType);
      if (type !== 0) byRunType.add(dag.id * RUN_TYPES + (type % RUN_TYPES), at, label, age);
      if (!Number.isNaN(dag.deployedAt)) recordEnd(moment);
    },

    readTry(reading, out, offset) {
      const { deployment, dag, task, extra, subject, now, taskRates, dagRate, baseRate } = reading;
      const isFresh = carriesNewCode(dag, extra);
      const deployedAt = isFresh ? reading.moment : dag.deployedAt;
      let o = offset;
      if (!(now - deployedAt <= CHANGE_SECONDS)) {
        out.fill(NaN, o, o + 8);
        o += 8;
      } else {
        const ofTask = byTask.peek(task.id);
        const ofDag = byDag.peek(dag.id);
        const taskKnown = !isFresh && byTask.data[ofTask + DEPLOY] === deployedAt;
        const dagKnown = !isFresh && byDag.data[ofDag + DEPLOY] === deployedAt;
        const tries = taskKnown ? byTask.data[ofTask + ENDED]! : 0;
        const failures = taskKnown ? byTask.data[ofTask + FAILED]! : 0;
        const dagTries = dagKnown ? byDag.data[ofDag + ENDED]! : 0;
        const dagFailures = dagKnown ? byDag.data[ofDag + FAILED]! : 0;
        const expected = dagKnown ? byDag.data[ofDag + EXPECTED]! : 0;
        const usual = deploymentFirstTries.mean(deployment.id, now, baseRate, 5);
        out[o++] = logSince(now, deployedAt, NaN);
        out[o++] = dagDeploys.count(dag.id, now) + (isFresh ? 1 : 0);
        out[o++] = deploymentDeploys.count(deployment.id, now) + (isFresh ? 1 : 0);
        out[o++] = Math.min(MOST_SINCE, tries);
        out[o++] = (failures + failureRate(taskRates, D32, dagRate, 1)) / (tries + 1);
        out[o++] = (dagFailures + 2 * dagRate) / (dagTries + 2);
        out[o++] = Math.max(-MOST_SINCE, Math.min(MOST_SINCE, dagFailures - expected));
        out[o++] = firstTries.mean(dag.id, now, usual, 3);
      }
      const { runType } = subject;
      const type = knownValue(deployment.runTypes, runType);
      const row = dag.id * RUN_TYPES + (type % RUN_TYPES);
      out[o++] = logSince(now, dag.scheduleChangedAt, NaN);
      out[o++] = runType === null ? NaN : runType === 'manual' ? 1 : 0;
      out[o++] = runType === null ? NaN : runType.startsWith('backfill') ? 1 : 0;
      out[o++] = runType === null ? NaN : /^(asset|dataset)/.test(runType) ? 1 : 0;
      out[o++] = type === 0 ? NaN : byRunType.mean(row, now, dagRate, 5);
    },
  };
};
