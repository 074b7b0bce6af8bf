/**
 * Every metric that ORC exposes, in one place: serving registers them, dashboards and rules refer to them.
 * Base units, never a run id in a label. Only those in use at the moment are registered.
 */
export interface MetricDefinition {
  readonly name: string;
  /** `summary`: quantiles without sum and count, which alone may have a label `quantile`. */
  readonly type: 'gauge' | 'counter' | 'summary';
  readonly labels: readonly string[];
  readonly help: string;
}

export const METRICS = {
  dagFailureRisk: {
    name: 'orc_dag_failure_risk_ratio',
    type: 'gauge',
    labels: ['deployment', 'dag_id'],
    help: 'Probability that the current DAG run, or the next one if none is active, fails.',
  },
  dagLateRisk: {
    name: 'orc_dag_late_risk_ratio',
    type: 'gauge',
    labels: ['deployment', 'dag_id'],
    help: 'Probability that the current or next DAG run ends after its deadline.',
  },
  dagExpectedEnd: {
    name: 'orc_dag_expected_end_timestamp_seconds',
    type: 'summary',
    labels: ['deployment', 'dag_id', 'quantile'],
    help: 'When the current or next DAG run will end, as a quantile of the forecast.',
  },
  taskFailureRisk: {
    name: 'orc_task_failure_risk_ratio',
    type: 'gauge',
    labels: ['deployment', 'dag_id', 'task_id'],
    help: 'Probability that the current or next try of the task fails; the riskiest tasks up to a limit.',
  },
  riskThreshold: {
    name: 'orc_risk_threshold_ratio',
    type: 'gauge',
    labels: ['deployment', 'dag_id', 'severity'],
    help: 'Risk above which to warn, from the costs that the user set.',
  },
  dagInfo: {
    name: 'orc_dag_info',
    type: 'gauge',
    labels: ['deployment', 'dag_id', 'team'],
    help: '1 for each DAG that is scored, with its team where it is of a configured one.',
  },
  dagCodeChanged: {
    name: 'orc_dag_code_changed_timestamp_seconds',
    type: 'gauge',
    labels: ['deployment', 'dag_id'],
    help: 'When the code of the DAG last changed, by the versions that Airflow 3 keeps of it.',
  },
  dagLastRunFailed: {
    name: 'orc_dag_last_run_failed',
    type: 'gauge',
    labels: ['deployment', 'dag_id'],
    help: '1 if the last finished DAG run failed, else 0.',
  },
  dagLastFailureSeen: {
    name: 'orc_dag_last_failure_seen',
    type: 'gauge',
    labels: ['deployment', 'dag_id'],
    help: 'Of DAGs whose last finished run failed: 1 if ORC saw it fail, 0 if that is known from history.',
  },
  dagLastRunDuration: {
    name: 'orc_dag_last_run_duration_seconds',
    type: 'gauge',
    labels: ['deployment', 'dag_id'],
    help: 'How long the last finished DAG run took, from its start.',
  },
  dagLastRunRetries: {
    name: 'orc_dag_last_run_retries',
    type: 'gauge',
    labels: ['deployment', 'dag_id'],
    help: 'Tries beyond the first, over all task instances of the last finished DAG run.',
  },
  poolSaturationRisk: {
    name: 'orc_pool_saturation_risk_ratio',
    type: 'gauge',
    labels: ['deployment', 'pool'],
    help: 'Probability that the pool is full within the next hour.',
  },
  modelInfo: {
    name: 'orc_model_info',
    type: 'gauge',
    labels: ['version', 'role'],
    help: '1 for each model in use.',
  },
  modelTrained: {
    name: 'orc_model_trained_timestamp_seconds',
    type: 'gauge',
    labels: ['version'],
    help: 'When the model was trained.',
  },
  modelAveragePrecision: {
    name: 'orc_model_average_precision_ratio',
    type: 'gauge',
    labels: ['subset'],
    help: 'Average precision of the scores that met their outcome.',
  },
  modelCalibrationError: {
    name: 'orc_model_calibration_error_ratio',
    type: 'gauge',
    labels: ['subset'],
    help: 'Expected calibration error of the scores that met their outcome.',
  },
  modelOutcomes: {
    name: 'orc_model_outcomes',
    type: 'gauge',
    labels: ['subset'],
    help: 'Scores that met their outcome in the window that the figures of live quality are of.',
  },
  modelInputDrift: {
    name: 'orc_model_input_stability_index',
    type: 'gauge',
    labels: ['kind', 'feature'],
    help: 'Population stability index of a feature between what the model learnt from and what it is asked; drifted from 0.25 on where it is also 1.5 times what is usual.',
  },
  modelUsualInputDrift: {
    name: 'orc_model_input_usual_stability_index',
    type: 'gauge',
    labels: ['kind', 'feature'],
    help: 'The largest stability index of a feature that a window, as long, of what the model learnt from has against all of it.',
  },
  modelOutcomeDrift: {
    name: 'orc_model_outcome_stability_index',
    type: 'gauge',
    labels: ['kind'],
    help: 'Population stability index of failures between what the model learnt from and the outcomes of late.',
  },
  scoresStored: {
    name: 'orc_scores_stored_total',
    type: 'counter',
    labels: [],
    help: 'Scores stored to meet their outcome.',
  },
  scoresDropped: {
    name: 'orc_scores_dropped_total',
    type: 'counter',
    labels: [],
    help: 'Scores that were served but not stored: no database for too long.',
  },
  dagsWithoutSeries: {
    name: 'orc_dags_without_series',
    type: 'gauge',
    labels: ['deployment'],
    help: 'Scored DAGs of lower risk that have no series of their own, beyond server.dag_series_limit.',
  },
  dagsForgotten: {
    name: 'orc_dags_forgotten_total',
    type: 'counter',
    labels: [],
    help: 'DAGs forgotten since the history was read because facts of too many others came since.',
  },
  scoreTimestamp: {
    name: 'orc_score_timestamp_seconds',
    type: 'gauge',
    labels: ['deployment'],
    help: 'When the scores were last refreshed.',
  },
  collectorLastSuccess: {
    name: 'orc_collector_last_success_timestamp_seconds',
    type: 'gauge',
    labels: ['deployment', 'source'],
    help: 'When the source was last collected without an error.',
  },
  collectorKnownUntil: {
    name: 'orc_collector_known_until_timestamp_seconds',
    type: 'gauge',
    labels: ['deployment', 'source'],
    help: 'Time up to which everything that the source tells is collected; the lag is the time since.',
  },
  collectorClockSkew: {
    name: 'orc_collector_clock_skew_seconds',
    type: 'gauge',
    labels: ['deployment', 'source'],
    help: "The clock of the source minus ORC's, good to about a second.",
  },
  collectorPassDuration: {
    name: 'orc_collector_pass_duration_seconds',
    type: 'gauge',
    labels: ['deployment', 'source'],
    help: 'How long the last successful collection took.',
  },
  collectorRows: {
    name: 'orc_collector_rows_total',
    type: 'counter',
    labels: ['deployment', 'source'],
    help: 'Facts appended from the source.',
  },
  collectorErrors: {
    name: 'orc_collector_errors_total',
    type: 'counter',
    labels: ['deployment', 'source'],
    help: 'Collections of the source that failed.',
  },
  statsdPackets: {
    name: 'orc_statsd_packets_total',
    type: 'counter',
    labels: ['deployment'],
    help: 'StatsD datagrams received.',
  },
  statsdSamples: {
    name: 'orc_statsd_samples_total',
    type: 'counter',
    labels: ['deployment'],
    help: 'StatsD samples read.',
  },
  statsdParseErrors: {
    name: 'orc_statsd_parse_errors_total',
    type: 'counter',
    labels: ['deployment'],
    help: 'StatsD lines that could not be read.',
  },
  statsdDropped: {
    name: 'orc_statsd_dropped_total',
    type: 'counter',
    labels: ['deployment'],
    help: 'StatsD samples dropped: too many series, a full receive buffer, or no database for too long.',
  },
  airflowHeartbeatAge: {
    name: 'orc_airflow_heartbeat_age_seconds',
    type: 'gauge',
    labels: ['deployment', 'component'],
    help: 'Time from the last heartbeat of a part of Airflow (scheduler, triggerer, dag_processor) to when it was last looked at.',
  },
  airflowImportErrors: {
    name: 'orc_airflow_import_errors',
    type: 'gauge',
    labels: ['deployment'],
    help: 'DAG files that Airflow cannot import.',
  },
  airflowPoolSlots: {
    name: 'orc_airflow_pool_slots',
    type: 'gauge',
    labels: ['deployment', 'pool', 'state'],
    help: 'Slots of a pool that tasks in a state take (running, queued, deferred) or want (scheduled), and those that are open.',
  },
  recommendedWorkers: {
    name: 'orc_recommended_workers',
    type: 'gauge',
    labels: ['deployment'],
    help: 'Workers for the tasks that run and wait now and those due within the hour, where worker_slots is configured.',
  },
  notifications: {
    name: 'orc_notifications_total',
    type: 'counter',
    labels: ['channel', 'outcome'],
    help: 'Messages about incidents: sent, updated in place, failed attempts, and dropped as over before they could be told.',
  },
  notificationsWaiting: {
    name: 'orc_notifications_waiting',
    type: 'gauge',
    labels: ['channel'],
    help: 'Messages that could not be sent and wait to be tried again.',
  },
  incidentOpened: {
    name: 'orc_incident_opened_timestamp_seconds',
    type: 'gauge',
    labels: ['deployment', 'kind', 'subject', 'severity', 'team'],
    help: 'When an incident that is open was opened; its subject is a DAG, a pool, or the name of an alert.',
  },
  incidentFeedback: {
    name: 'orc_incident_feedback_total',
    type: 'counter',
    labels: ['verdict'],
    help: 'What people said of incidents, once per person and incident.',
  },
  warningsJudged: {
    name: 'orc_warnings_judged',
    type: 'gauge',
    labels: ['deployment'],
    help: 'Warnings of failures of the last 30 days of which it is known how the run ended.',
  },
  warningsRight: {
    name: 'orc_warnings_right_ratio',
    type: 'gauge',
    labels: ['deployment'],
    help: 'Share of the judged warnings whose run failed and that nobody called not useful.',
  },
  actions: {
    name: 'orc_actions_total',
    type: 'counter',
    labels: ['deployment', 'action', 'mode', 'outcome'],
    help: 'How often an action came to this outcome, whatever became of it later.',
  },
  actionFailures: {
    name: 'orc_action_failures',
    type: 'gauge',
    labels: ['deployment', 'action', 'reason'],
    help: 'Actions of the last hour that came to nothing though nobody held them back, and changes that could not be taken back yet.',
  },
} as const satisfies Record<string, MetricDefinition>;

/** Those of prom-client's default metrics that are meaningful at any moment and that `promtool check metrics` accepts. */
export const PROCESS_METRICS = {
  cpu: 'process_cpu_seconds_total',
  startTime: 'process_start_time_seconds',
  residentMemory: 'process_resident_memory_bytes',
  virtualMemory: 'process_virtual_memory_bytes',
  openFiles: 'process_open_fds',
  maxFiles: 'process_max_fds',
  eventLoopLag: 'nodejs_eventloop_lag_seconds',
  eventLoopLagP99: 'nodejs_eventloop_lag_p99_seconds',
  heapSize: 'nodejs_heap_size_total_bytes',
  heapUsed: 'nodejs_heap_size_used_bytes',
  externalMemory: 'nodejs_external_memory_bytes',
  version: 'nodejs_version_info',
} as const;
