/** What Airflow tells of itself, by statsd_exporter. */
import { METRICS } from '../../../core/metric-names.js';
import { AIRFLOW, AIRFLOW_PREFIXES } from '../airflow-metrics.js';
import { highestBy, is, OF_DEPLOYMENT, rate, select, type Selectable } from '../promql.js';

const all = (metric: Selectable): string => `sum(${select(metric)})`;
const perMinute = (metric: Selectable): string => `sum(${rate(select(metric))}) * 60`;

export const schedulerHeartbeats = perMinute(AIRFLOW.schedulerHeartbeat);
export const dagProcessorHeartbeats = perMinute(AIRFLOW.dagProcessorHeartbeat);
export const triggererHeartbeats = perMinute(AIRFLOW.triggererHeartbeat);

/** Seconds, of the slowest scheduler. */
export const schedulerLoop = (quantile: string): string =>
  `max(${select(AIRFLOW.schedulerLoop, { quantile: is(quantile) })})`;
export const criticalSection = (quantile: string): string =>
  `max(${select(AIRFLOW.criticalSection, { quantile: is(quantile) })})`;
export const tasksExecutable = all(AIRFLOW.tasksExecutable);
export const tasksStarving = all(AIRFLOW.tasksStarving);

/** Mean seconds between the due time of DAG runs and their start; only the series of all DAGs, which has no label. */
export const scheduleDelay = `sum(${rate(select(AIRFLOW.scheduleDelaySum, { dag_id: is('') }))}) / (sum(${rate(
  select(AIRFLOW.scheduleDelayCount, { dag_id: is('') }),
)}) > 0)`;

const byExecutor = (metric: Selectable): string => highestBy(['executor'], select(metric));
export const executorOpenSlots = byExecutor(AIRFLOW.executorOpenSlots);
export const executorQueued = byExecutor(AIRFLOW.executorQueuedTasks);
export const executorRunning = byExecutor(AIRFLOW.executorRunningTasks);
export const taskSuccesses = perMinute(AIRFLOW.taskSuccesses);
export const taskFailures = perMinute(AIRFLOW.taskFailures);

/** Without the series that has no pool: it is that of whichever pool came last. */
const byPool = (metric: { readonly name: string; readonly labels: readonly 'pool'[] }): string =>
  highestBy(['pool'], select(metric, { pool: '!=""' }));
export const poolOpenSlots = byPool(AIRFLOW.poolOpenSlots);
export const poolStarving = byPool(AIRFLOW.poolStarvingTasks);

/** The end of the metric's name as a label. */
const namedInName = (prefix: string, label: string, more = ''): string =>
  `label_replace({__name__=~"${prefix}.+"${more}}, "${label}", "$1", "__name__", "${prefix}(.+)")`;
const poolSlots = (prefix: string): string => highestBy(['pool'], namedInName(prefix, 'pool'));
export const poolRunning = poolSlots(AIRFLOW_PREFIXES.poolRunningSlots);
export const poolQueued = poolSlots(AIRFLOW_PREFIXES.poolQueuedSlots);
export const poolScheduled = poolSlots(AIRFLOW_PREFIXES.poolScheduledSlots);

export const parseSeconds = `max(${select(AIRFLOW.parseSeconds)})`;
export const importErrors = `max(${select(AIRFLOW.importErrors)})`;
export const dagFiles = `max(${select(AIRFLOW.dagFiles)})`;
export const parsedAgo = `topk(10, ${highestBy(['dag_file'], select(AIRFLOW.parsedAgo))})`;
/** Airflow 3 sends these seconds as milliseconds, which statsd_exporter divides by 1,000. */
export const slowestFiles = `topk(10, ${highestBy(
  ['dag_file'],
  namedInName(AIRFLOW_PREFIXES.parseDuration, 'dag_file', ', quantile="0.99"'),
)}) * 1000`;

/** What ORC collected of Airflow itself, without statsd_exporter. */
export const heartbeatAge = highestBy(
  ['deployment', 'component'],
  select(METRICS.airflowHeartbeatAge, OF_DEPLOYMENT),
);
export const collectedImportErrors = highestBy(
  ['deployment'],
  select(METRICS.airflowImportErrors, OF_DEPLOYMENT),
);
const slots = (state: string): string =>
  highestBy(['deployment', 'pool'], select(METRICS.airflowPoolSlots, { ...OF_DEPLOYMENT, state: is(state) }));
export const collectedOpenSlots = slots('open');
export const collectedWaiting = slots('scheduled');
