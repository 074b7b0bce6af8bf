import { inflateSync } from 'node:zlib';
import { z } from 'zod';
import type { ApiTask } from '../rows.js';

/** What a task has where its serialised form says nothing (`schema.json` in `airflow/serialization`). */
const DEFAULTS = {
  owner: 'airflow',
  trigger_rule: 'all_success',
  retries: 0,
  queue: 'default',
  pool: 'default_pool',
  pool_slots: 1,
  retry_delay: 300,
};

/** A number of seconds, bare or with its type beside it. */
const seconds = z
  .union([z.number(), z.object({ __var: z.number() }).transform(({ __var }) => __var)])
  .nullish()
  .catch(null);
const text = z.string().nullish().catch(null);
const number = z.number().nullish().catch(null);

/** Fields that a task may take from several places. */
const settings = z.object({
  owner: text,
  trigger_rule: text,
  retries: number,
  queue: text,
  pool: text,
  pool_slots: number,
  retry_delay: seconds,
  execution_timeout: seconds,
});
type Settings = z.output<typeof settings>;

const task = settings.extend({
  task_id: z.string(),
  downstream_task_ids: z.array(z.string()).nullish(),
  /** Until version 2 of the format with an underscore. */
  task_type: text,
  _task_type: text,
  _operator_name: text,
  _is_mapped: z.boolean().nullish(),
  /** What a mapped task was given before it was expanded. */
  partial_kwargs: settings.nullish(),
});

/** Versions 1 (Airflow 2), 2 and 3 (Airflow 3) of the format. In version 1, tasks stood without a type before Airflow 2.10. */
const serializedDag = z.object({
  dag: z.object({
    tasks: z.array(z.union([z.object({ __var: task }).transform(({ __var }) => __var), task])),
  }),
  client_defaults: z.object({ tasks: settings.nullish() }).nullish(),
});

/** A row of serialized_dag. Where it is compressed, `data` is null, or the JSON text `null` (Airflow 2). */
export interface SerializedDagRow {
  readonly data: string | null;
  readonly compressed: Buffer | null;
}

/** Larger DAGs are refused: what is compressed may unfold to anything. */
const MAX_BYTES = 256 * 2 ** 20;

/**
 * Tasks with their dependencies, as the REST API tells them.
 * @throws Error when it is not the serialised form of a DAG
 */
export function parseSerializedDag(row: SerializedDagRow): ApiTask[] {
  const json =
    row.compressed === null
      ? (row.data ?? 'null')
      : inflateSync(row.compressed, { maxOutputLength: MAX_BYTES }).toString('utf8');
  const { dag, client_defaults } = serializedDag.parse(JSON.parse(json));
  return dag.tasks.map((one) => toApiTask(one, client_defaults?.tasks ?? {}));
}

function toApiTask(one: z.output<typeof task>, clientDefaults: Settings): ApiTask {
  const places: readonly Settings[] = [one, one.partial_kwargs ?? {}, clientDefaults, DEFAULTS];
  const pick = <K extends keyof Settings>(key: K): NonNullable<Settings[K]> | null =>
    places.map((place) => place[key]).find((value) => value != null) ?? null;
  return {
    task_id: one.task_id,
    owner: pick('owner'),
    trigger_rule: pick('trigger_rule'),
    retries: pick('retries'),
    queue: pick('queue'),
    pool: pick('pool'),
    pool_slots: pick('pool_slots'),
    execution_timeout: pick('execution_timeout'),
    retry_delay: pick('retry_delay'),
    downstream_task_ids: one.downstream_task_ids ?? [],
    operator_name: one._operator_name ?? null,
    class_ref: { class_name: one.task_type ?? one._task_type ?? null },
    is_mapped: one._is_mapped ?? false,
  };
}
