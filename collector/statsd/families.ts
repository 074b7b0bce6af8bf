/**
 * The metrics of Airflow that become facts: names from metrics_template.yaml of Airflow 3.3 (and what they were called
 * before), checked against datagrams of running Airflows (test/collector/statsd/fixtures).
 */
import type { PlatformLabels } from '../../core/facts.js';
import type { WireKind } from './datagram-parser.js';

/** Parts of a legacy name; `rest` parts may hold dots. */
export type Variable = 'dag_id' | 'task_id' | 'state' | 'queue' | 'pool' | 'executor' | 'host' | 'dag_file';

/** What a timer's number means: `dag_processing.last_duration` says milliseconds and holds seconds in Airflow 3. */
export type TimerUnit = 'milliseconds' | 'wait' | 'parse';

export interface Family {
  /** Current name without the prefix: what a tagged line is called. */
  readonly name: string;
  readonly kind: WireKind;
  /** Name of the facts. */
  readonly fact: string;
  /** Labels that distinguish its series; without any, the bare name says everything. */
  readonly labels: readonly (keyof PlatformLabels)[];
  /** The older name that holds the labels, such as `ti.start.{dag_id}.{task_id}`. */
  readonly legacy: readonly string[];
  /** Earlier names of the same thing. */
  readonly aliases: readonly string[];
  readonly timerUnit: TimerUnit;
  /** True for a gauge with labels whose bare name still means something: with one executor, `executor.open_slots`. */
  readonly isBareGaugeMeaningful: boolean;
}

interface Options {
  readonly labels?: Family['labels'];
  readonly legacy?: string | readonly string[];
  readonly aliases?: readonly string[];
  readonly unit?: 'seconds';
  readonly timerUnit?: TimerUnit;
  readonly isBareGaugeMeaningful?: boolean;
}

function family(kind: WireKind, name: string, options: Options = {}): Family {
  const isSeconds = kind === 'timer' || options.unit === 'seconds';
  const { legacy = [] } = options;
  const words = name.replaceAll(/[.-]/g, '_').replace(/_seconds_ago$/, '_ago');
  return {
    name,
    kind,
    fact: isSeconds ? `${words}_seconds` : words,
    labels: options.labels ?? [],
    legacy: typeof legacy === 'string' ? [legacy] : legacy,
    aliases: options.aliases ?? [],
    timerUnit: options.timerUnit ?? 'milliseconds',
    isBareGaugeMeaningful: options.isBareGaugeMeaningful ?? false,
  };
}

const PAIR = ['dagId', 'taskId'] as const;
const counter = (name: string, options?: Options): Family => family('counter', name, options);
const gauge = (name: string, options?: Options): Family => family('gauge', name, options);
const timer = (name: string, options?: Options): Family => family('timer', name, options);

const poolGauge = (name: string, aliases: readonly string[] = []): Family =>
  gauge(name, {
    labels: ['pool'],
    legacy: [name, ...aliases].map((each) => `${each}.{pool}`),
    aliases,
  });
const executorGauge = (name: string): Family =>
  gauge(name, { labels: ['executor'], legacy: `${name}.{executor}`, isBareGaugeMeaningful: true });
const instanceGauge = (name: string): Family =>
  gauge(name, { labels: ['queue', ...PAIR], legacy: `${name}.{queue}.{dag_id}.{task_id}` });
const hostGauge = (name: string): Family => gauge(name, { labels: ['host'], legacy: `${name}.{host}` });
const dagTimer = (name: string, legacy = `${name}.{dag_id}`): Family =>
  timer(name, { labels: ['dagId'], legacy });
const taskTimer = (name: string, last: string, timerUnit?: TimerUnit): Family =>
  timer(name, {
    labels: PAIR,
    legacy: `dag.{dag_id}.{task_id}.${last}`,
    ...(timerUnit === undefined ? {} : { timerUnit }),
  });

export const FAMILIES: readonly Family[] = [
  counter('scheduler_heartbeat'),
  counter('dag_processor_heartbeat'),
  counter('triggerer_heartbeat'),

  executorGauge('executor.open_slots'),
  executorGauge('executor.queued_tasks'),
  executorGauge('executor.running_tasks'),

  poolGauge('pool.open_slots'),
  poolGauge('pool.queued_slots'),
  poolGauge('pool.running_slots'),
  poolGauge('pool.deferred_slots'),
  poolGauge('pool.scheduled_slots', ['pool.scheduled_tasks']),
  poolGauge('pool.starving_tasks'),

  gauge('scheduler.tasks.starving'),
  gauge('scheduler.tasks.executable'),
  gauge('scheduler.dagruns.running'),
  counter('scheduler.tasks.killed_externally', { labels: PAIR }),
  counter('scheduler.orphaned_tasks.adopted'),
  counter('scheduler.orphaned_tasks.cleared'),
  counter('scheduler.critical_section_busy'),
  timer('scheduler.critical_section_duration'),
  timer('scheduler.scheduler_loop_duration'),

  counter('ti.start', { labels: PAIR, legacy: 'ti.start.{dag_id}.{task_id}' }),
  counter('ti.finish', { labels: [...PAIR, 'state'], legacy: 'ti.finish.{dag_id}.{task_id}.{state}' }),
  counter('ti_successes', { labels: PAIR }),
  counter('ti_failures', { labels: PAIR }),
  counter('task_instances_without_heartbeats_killed', { labels: PAIR, aliases: ['zombies_killed'] }),
  instanceGauge('ti.scheduled'),
  instanceGauge('ti.queued'),
  instanceGauge('ti.running'),
  instanceGauge('ti.deferred'),
  taskTimer('task.duration', 'duration'),
  taskTimer('task.scheduled_duration', 'scheduled_duration', 'wait'),
  taskTimer('task.queued_duration', 'queued_duration', 'wait'),

  dagTimer('dagrun.duration.success'),
  dagTimer('dagrun.duration.failed'),
  dagTimer('dagrun.schedule_delay'),
  dagTimer('dagrun.first_task_scheduling_delay', 'dagrun.{dag_id}.first_task_scheduling_delay'),
  counter('dag.callback_exceptions', { labels: ['dagId'] }),
  counter('deadline_alerts.deadline_missed', { labels: ['dagId'] }),

  gauge('dagbag_size'),
  gauge('dag_processing.import_errors'),
  gauge('dag_processing.file_path_queue_size'),
  gauge('dag_processing.total_parse_time', { unit: 'seconds' }),
  counter('dag_processing.processor_timeouts', { labels: ['dagFile'] }),
  gauge('dag_processing.last_run.seconds_ago', {
    labels: ['dagFile'],
    legacy: 'dag_processing.last_run.seconds_ago.{dag_file}',
    unit: 'seconds',
  }),
  timer('dag_processing.last_duration', {
    labels: ['dagFile'],
    legacy: 'dag_processing.last_duration.{dag_file}',
    timerUnit: 'parse',
  }),

  hostGauge('triggers.running'),
  hostGauge('triggerer.capacity_left'),
  counter('triggers.failed'),
  counter('triggers.succeeded'),
  counter('triggers.blocked_main_thread'),
  counter('celery.task_timeout_error'),
  counter('celery.execute_command.failure'),
];

/** Each of these counts the heartbeats of a component; the age of the last one becomes a fact of its own. */
export const HEARTBEATS: ReadonlySet<string> = new Set([
  'scheduler_heartbeat',
  'dag_processor_heartbeat',
  'triggerer_heartbeat',
]);
