import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { z } from 'zod';
import { AppError } from '../../core/errors.js';
import type { Extra, TaskObservation } from '../../core/facts.js';
import { cardSchema, structureSchema, trySchema } from './schemas.js';
import type { Recording } from './types.js';

/** Folder of the recordings that this package ships. */
export function recordingsFolder(): string {
  const fromHere = import.meta.url.includes('/dist/') ? '../../../datasets/recordings' : '../recordings';
  return fileURLToPath(new URL(fromHere, import.meta.url));
}

/**
 * Reads a recording whole, in its true times.
 * @throws AppError `input_invalid` when a file is missing, damaged, or not what its card says.
 */
export function readRecording(folder: string, name: string): Recording {
  const card = parseFile(cardSchema, join(folder, `${name}.card.json`));
  const structure = parseFile(structureSchema, join(folder, `${name}.dags.json`));
  const path = join(folder, card.file);
  const packed = read(path);
  if (createHash('sha256').update(packed).digest('hex') !== card.sha256) {
    throw new AppError(
      'input_invalid',
      `${path}: its SHA-256 is not the one in the data card; the file is damaged`,
    );
  }
  const lines = gunzipSync(packed).toString('utf8').split('\n').filter(Boolean);
  const { deployment } = structure;
  return {
    card: {
      name,
      airflowVersion: card.airflow_version,
      factor: card.factor,
      recordedFrom: card.recorded.start,
      recordedTo: card.recorded.end,
      calendarEnd: card.virtual.end,
    },
    dags: structure.dags.map((dag) => ({
      deployment,
      dagId: dag.dag_id,
      isActive: true,
      isPaused: false,
      schedule: dag.schedule,
      owners: dag.owners,
      tags: dag.tags,
      nextRunAfter: null,
      fileLocation: null,
    })),
    tasks: structure.dags.flatMap((dag) => dag.tasks.map((task) => toTask(deployment, dag.dag_id, task))),
    pools: structure.pools.map(({ name: pool, slots }) => ({
      deployment,
      pool,
      slots,
      occupiedSlots: 0,
      runningSlots: 0,
      queuedSlots: 0,
      scheduledSlots: 0,
      deferredSlots: 0,
    })),
    dependencies: structure.assets.flatMap(({ uri, producing_tasks, scheduled_dags }) =>
      producing_tasks.flatMap(({ dag_id }) =>
        scheduled_dags.map((toDagId) => ({
          deployment,
          fromDagId: dag_id,
          toDagId,
          kind: 'asset' as const,
          via: uri,
          isActive: true,
        })),
      ),
    ),
    dagRuns: structure.dag_runs.map((run) => ({
      deployment,
      dagId: run.dag_id,
      runId: run.run_id,
      state: run.state,
      runType: run.run_type,
      runAfter: run.run_after,
      logicalDate: null,
      queuedAt: run.queued_at,
      startedAt: run.started_at,
      endedAt: run.ended_at,
    })),
    tries: lines.map((line) => toTry(trySchema.parse(JSON.parse(line)))),
  };
}

function read(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new AppError('input_invalid', `${path}: cannot be read`, { cause: error });
  }
}

function parseFile<S extends z.ZodType>(schema: S, path: string): z.output<S> {
  const parsed = schema.safeParse(JSON.parse(read(path).toString('utf8')));
  if (!parsed.success)
    throw new AppError(
      'input_invalid',
      `${path}: ${parsed.error.issues.map((i) => `${i.path.join('.')}: ${i.message}`).join('; ')}`,
    );
  return parsed.data;
}

type RecordedTask = z.output<typeof structureSchema>['dags'][number]['tasks'][number];

function toTask(deployment: string, dagId: string, task: RecordedTask): TaskObservation {
  return {
    deployment,
    dagId,
    taskId: task.task_id,
    operator: task.operator_name,
    pool: task.pool,
    poolSlots: task.pool_slots,
    queue: null,
    owner: task.owner,
    retries: task.retries,
    retryDelaySeconds: task.retry_delay_seconds,
    executionTimeoutSeconds: task.execution_timeout_seconds,
    triggerRule: task.trigger_rule,
    isMapped: task.is_mapped,
    downstreamTaskIds: task.downstream_task_ids,
    isActive: true,
  };
}

function toTry(row: z.output<typeof trySchema>): Recording['tries'][number] {
  return {
    deployment: row.deployment,
    dagId: row.dag_id,
    runId: row.run_id,
    taskId: row.task_id,
    mapIndex: row.map_index,
    tryNumber: row.try_number,
    state: row.state,
    runType: row.run_type,
    scheduledAt: row.scheduled_at,
    queuedAt: row.queued_at,
    startedAt: row.started_at,
    endedAt: row.ended_at,
    operator: row.operator,
    pool: row.pool,
    queue: row.queue,
    owner: row.owner,
    hostname: row.hostname,
    extra: withoutTimes(row.extra ?? {}),
  };
}

/** `run_after` is a time in text, which stretching would miss; the DAG runs have it. */
function withoutTimes(extra: Readonly<Record<string, unknown>>): Extra {
  return Object.fromEntries(Object.entries(extra).filter(([key]) => key !== 'run_after'));
}
