/** How the platform is: scheduler, executor, DAG files, the pool of the try, and what people did to its settings. */
import type { EngineMeasurement } from '../../core/surroundings.js';
import type { DagKey, DeploymentKey } from '../entities.js';
import { defineFeatures, type FeatureGroup, type GroupFactory } from '../group.js';
import { NumberTable } from '../table.js';
import { logSince } from './task-history.js';
import { UsualValues } from './usual.js';

const SHARED_FEATURES = [
  ['platform__scheduler_heartbeat_age__now', 'log1p_seconds', 'age of the latest heartbeat of the scheduler'],
  ['platform__executor_open_slots__now', 'count', 'open slots of the executor that told last'],
  [
    'platform__executor_queued_surprise__now',
    'score',
    'tasks queued in the executor, in standard deviations from the usual (of logarithms)',
  ],
  ['platform__starving_tasks__now', 'count', 'tasks that found no open slot in their pool'],
  [
    'platform__parse_time_surprise__now',
    'score',
    'time to parse all DAG files, in standard deviations from the usual (of logarithms)',
  ],
  ['platform__import_errors__now', 'count', 'DAG files that cannot be imported'],
  ['dag__has_import_error__now', 'flag', '1 while the file of the DAG cannot be imported'],
  [
    'deployment__since_settings_change__now',
    'log1p_seconds',
    'time since a person changed a variable, a connection or a pool',
  ],
  [
    'dag__since_person_action__now',
    'log1p_seconds',
    'time since a person did something to the DAG: cleared, marked, triggered, paused',
  ],
] as const;

export const PLATFORM = defineFeatures('platform', [
  ...SHARED_FEATURES,
  [
    'pool__occupied_surprise__now',
    'score',
    'share of occupied slots of the pool, in standard deviations from the usual',
  ],
  [
    'task__schedule_delay_surprise__now',
    'score',
    'time from being scheduled to being queued, in standard deviations from the usual (of logarithms)',
  ],
]);

export const RUN_PLATFORM = defineFeatures('platform', SHARED_FEATURES);

/** A measurement older than this tells nothing of now. */
const FRESH_SECONDS = 900;

const COLUMNS: Readonly<Record<EngineMeasurement, number>> = {
  scheduler_heartbeat_age_seconds: 0,
  executor_open_slots: 1,
  executor_queued_tasks: 2,
  scheduler_tasks_starving: 3,
  dag_processing_total_parse_time_seconds: 4,
};
const MEASUREMENTS = 5;

export const createPlatform: GroupFactory = (): FeatureGroup => {
  /** Value and time of the latest measurement of each name, by deployment. */
  const latest = new NumberTable(new Array<number>(2 * MEASUREMENTS).fill(NaN));
  const usual = new UsualValues();
  const occupied = new UsualValues();
  const delays = new UsualValues();

  function measured(deployment: DeploymentKey, name: EngineMeasurement, now: number): number {
    const cell = latest.peek(deployment.id) + 2 * COLUMNS[name];
    return now - latest.data[cell + 1]! <= FRESH_SECONDS ? latest.data[cell]! : NaN;
  }

  function surprise(deployment: DeploymentKey, name: EngineMeasurement, now: number): number {
    if (Number.isNaN(measured(deployment, name, now))) return NaN;
    return usual.lastSurprise(deployment.id * MEASUREMENTS + COLUMNS[name]);
  }

  function writeShared(
    dag: DagKey,
    deployment: DeploymentKey,
    now: number,
    out: Float32Array,
    o: number,
  ): void {
    const file = dag.description?.fileLocation ?? null;
    const errors = deployment.importErrors;
    out[o] = Math.log1p(measured(deployment, 'scheduler_heartbeat_age_seconds', now));
    out[o + 1] = measured(deployment, 'executor_open_slots', now);
    out[o + 2] = surprise(deployment, 'executor_queued_tasks', now);
    out[o + 3] = measured(deployment, 'scheduler_tasks_starving', now);
    out[o + 4] = surprise(deployment, 'dag_processing_total_parse_time_seconds', now);
    out[o + 5] = errors === null ? NaN : errors.size;
    out[o + 6] = errors === null || file === null ? NaN : hasError(errors, file) ? 1 : 0;
    out[o + 7] = logSince(now, deployment.settingsChangedAt, NaN);
    out[o + 8] = logSince(now, dag.touchedAt, NaN);
  }

  return {
    tryFeatures: PLATFORM,
    dagRunFeatures: RUN_PLATFORM,

    platformMeasured({ deployment, name, value, at }) {
      const cell = latest.row(deployment.id) + 2 * COLUMNS[name];
      latest.data[cell] = Math.max(0, value);
      latest.data[cell + 1] = at;
      usual.add(deployment.id * MEASUREMENTS + COLUMNS[name], Math.log1p(Math.max(0, value)));
    },

    poolDescribed({ pool }) {
      if (pool.slots > 0) occupied.add(pool.id, pool.occupied / pool.slots);
    },

    tryQueued({ task, fact }) {
      if (fact.scheduledAt === null || fact.queuedAt === null) return;
      delays.add(task.id, Math.log1p(Math.max(0, fact.queuedAt - fact.scheduledAt)));
    },

    readTry({ dag, deployment, pool, task, subject, moment, now }, out, offset) {
      writeShared(dag, deployment, now, out, offset);
      const { scheduledAt, stage } = subject;
      const delay =
        scheduledAt === null || stage === 'planned' || stage === 'retrying'
          ? NaN
          : Math.log1p(Math.max(0, moment - scheduledAt));
      out[offset + 9] = pool.slots > 0 ? occupied.lastSurprise(pool.id) : NaN;
      out[offset + 10] = delays.surprise(task.id, delay);
    },

    readDagRun({ dag, deployment, now }, out, offset) {
      writeShared(dag, deployment, now, out, offset);
    },
  };
};

/** Airflow names the file of an import error from the root of its bundle, that of a DAG as a whole path. */
function hasError(errors: ReadonlySet<string>, file: string): boolean {
  for (const error of errors) if (file === error || file.endsWith(`/${error}`)) return true;
  return false;
}
