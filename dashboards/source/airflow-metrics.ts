import type { Selectable } from './promql.js';

const gauge = <const L extends string>(
  name: string,
  ...labels: L[]
): { name: string; labels: readonly L[] } => ({
  name,
  labels,
});

/**
 * Airflow's own metrics as statsd_exporter exposes them with the mapping of Airflow's Helm chart
 * (chart/files/statsd-mappings.yml, 1.22.0), without which the dashboards that know other names stay empty.
 *
 * Beside a series per pool, executor or DAG there is one of the same name without that label: Airflow sends most metrics
 * twice. It is the sum of a counter, and for a gauge the value of whichever pool came last.
 */
export const AIRFLOW = {
  schedulerHeartbeat: gauge('airflow_scheduler_heartbeat'),
  dagProcessorHeartbeat: gauge('airflow_dag_processor_heartbeat'),
  triggererHeartbeat: gauge('airflow_triggerer_heartbeat'),
  schedulerLoop: gauge('airflow_scheduler_scheduler_loop_duration', 'quantile'),
  criticalSection: gauge('airflow_scheduler_critical_section_duration', 'quantile'),
  tasksExecutable: gauge('airflow_scheduler_tasks_executable'),
  tasksStarving: gauge('airflow_scheduler_tasks_starving'),
  scheduleDelaySum: gauge('airflow_dagrun_schedule_delay_sum', 'dag_id'),
  scheduleDelayCount: gauge('airflow_dagrun_schedule_delay_count', 'dag_id'),
  executorOpenSlots: gauge('airflow_executor_open_slots', 'executor'),
  executorQueuedTasks: gauge('airflow_executor_queued_tasks', 'executor'),
  executorRunningTasks: gauge('airflow_executor_running_tasks', 'executor'),
  taskSuccesses: gauge('airflow_ti_successes'),
  taskFailures: gauge('airflow_ti_failures'),
  poolOpenSlots: gauge('airflow_pool_open_slots', 'pool'),
  poolStarvingTasks: gauge('airflow_pool_starving_tasks', 'pool'),
  parseSeconds: gauge('airflow_dag_processing_total_parse_time'),
  importErrors: gauge('airflow_dag_processing_import_errors'),
  dagFiles: gauge('airflow_dagbag_size'),
  parsedAgo: gauge('airflow_dag_processing_last_run_seconds_ago', 'dag_file'),
} as const satisfies Record<string, Selectable>;

/** What the mapping leaves in the name: one metric per pool or file. */
export const AIRFLOW_PREFIXES = {
  poolRunningSlots: 'airflow_pool_running_slots_',
  poolQueuedSlots: 'airflow_pool_queued_slots_',
  poolScheduledSlots: 'airflow_pool_scheduled_slots_',
  parseDuration: 'airflow_dag_processing_last_duration_',
} as const;
