/** Metrics of risks, expected ends and thresholds: what changes only when scores are refreshed. */
import { SEVERITIES, type DagTraits, type Thresholds } from '../alerts/index.js';
import { METRICS, type MetricDefinition } from '../core/metric-names.js';
import { END_QUANTILES } from '../model/intervals/decision.js';
import type { RunTiming } from '../model/intervals/timing-fold.js';
import { formatLabels, formatSample, type Family } from './exposition.js';
import { compareText, type DagRisk, type ScoreBoard, type TaskRisk } from './live/board.js';
import type { DagView } from './live/subjects.js';

export interface ScoreMetricsOptions {
  /** At most this many DAGs, the riskiest, get series; all of them unless given. */
  readonly dagSeriesLimit?: number;
  /** At most this many tasks, the riskiest, get a series. */
  readonly taskSeriesLimit: number;
  /** At which risks to warn; no thresholds are told without it. */
  readonly thresholds?: (dag: DagTraits) => Thresholds;
  /** The team of a DAG, null where it has none; no teams are told without it. */
  readonly teamOf?: (dag: DagTraits) => string | null;
}

function family(metric: MetricDefinition, samples: string): Family {
  return { name: metric.name, type: metric.type, help: metric.help, samples };
}

function riskiestTasks(dags: readonly DagRisk[], limit: number): { dag: DagRisk; task: TaskRisk }[] {
  const all = dags.flatMap((dag) => dag.tasks.map((task) => ({ dag, task })));
  all.sort(
    (a, b) =>
      b.task.risk - a.task.risk ||
      compareText(a.dag.dag.deployment, b.dag.dag.deployment) ||
      compareText(a.dag.dag.dagId, b.dag.dag.dagId) ||
      compareText(a.task.taskId, b.task.taskId),
  );
  return all.slice(0, limit);
}

function endSamples({ deployment, dagId }: DagView, { endQuantiles }: RunTiming): string {
  return END_QUANTILES.map((level, k) => {
    const labels = formatLabels([
      ['deployment', deployment],
      ['dag_id', dagId],
      ['quantile', String(level)],
    ]);
    return formatSample(METRICS.dagExpectedEnd.name, labels, endQuantiles[k]!);
  }).join('');
}

function thresholdSamples({ deployment, dagId }: DagView, thresholds: Thresholds): string {
  return SEVERITIES.map((severity) => {
    const labels = formatLabels([
      ['deployment', deployment],
      ['dag_id', dagId],
      ['severity', severity],
    ]);
    return formatSample(METRICS.riskThreshold.name, labels, thresholds[severity]);
  }).join('');
}

/** A DAG of no team has no label `team`, as Prometheus takes an empty one for none. */
function infoLabels({ deployment, dagId }: DagView, team: string | null): string {
  return formatLabels([
    ['deployment', deployment],
    ['dag_id', dagId],
    ...(team === null ? [] : [['team', team] as const]),
  ]);
}

function poolSamples(board: ScoreBoard): string {
  return board.pools
    .map(({ deployment, pool, risk }) => {
      const labels = formatLabels([
        ['deployment', deployment],
        ['pool', pool],
      ]);
      return formatSample(METRICS.poolSaturationRisk.name, labels, risk);
    })
    .join('');
}

function countByDeployment(dags: readonly DagRisk[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { dag } of dags) counts.set(dag.deployment, (counts.get(dag.deployment) ?? 0) + 1);
  return counts;
}

/** The families that change only when scores are refreshed. */
export function scoreFamilies(board: ScoreBoard, options: ScoreMetricsOptions): Family[] {
  const { dagSeriesLimit = Infinity, taskSeriesLimit, thresholds: thresholdsOf, teamOf } = options;
  const shown = board.dags.slice(0, dagSeriesLimit);
  let risks = '';
  let thresholds = '';
  let info = '';
  let changed = '';
  let lastFailed = '';
  let failureSeen = '';
  let durations = '';
  let retries = '';
  let tasks = '';
  let refreshed = '';
  let without = '';
  let late = '';
  let ends = '';
  for (const { dag, risk, timing } of shown) {
    const labels = formatLabels([
      ['deployment', dag.deployment],
      ['dag_id', dag.dagId],
    ]);
    risks += formatSample(METRICS.dagFailureRisk.name, labels, risk);
    info += formatSample(METRICS.dagInfo.name, infoLabels(dag, teamOf?.(dag) ?? null), 1);
    if (dag.codeChangedAt !== null)
      changed += formatSample(METRICS.dagCodeChanged.name, labels, dag.codeChangedAt);
    if (thresholdsOf !== undefined) thresholds += thresholdSamples(dag, thresholdsOf(dag));
    if (timing !== null) {
      if (timing.lateRisk !== null) late += formatSample(METRICS.dagLateRisk.name, labels, timing.lateRisk);
      ends += endSamples(dag, timing);
    }
    const last = dag.outcomes.at(-1);
    if (last !== undefined) {
      lastFailed += formatSample(METRICS.dagLastRunFailed.name, labels, last.failed ? 1 : 0);
      retries += formatSample(METRICS.dagLastRunRetries.name, labels, last.retries);
      if (last.startedAt !== null && last.endedAt !== null)
        durations += formatSample(METRICS.dagLastRunDuration.name, labels, last.endedAt - last.startedAt);
      if (last.failed)
        failureSeen += formatSample(METRICS.dagLastFailureSeen.name, labels, last.isFromHistory ? 0 : 1);
    }
  }
  for (const { dag, task } of riskiestTasks(board.dags, taskSeriesLimit)) {
    const labels = formatLabels([
      ['deployment', dag.dag.deployment],
      ['dag_id', dag.dag.dagId],
      ['task_id', task.taskId],
    ]);
    tasks += formatSample(METRICS.taskFailureRisk.name, labels, task.risk);
  }
  const leftOut = countByDeployment(board.dags.slice(shown.length));
  for (const deployment of board.knownDags.keys()) {
    const labels = formatLabels([['deployment', deployment]]);
    refreshed += formatSample(METRICS.scoreTimestamp.name, labels, board.refreshedAt);
    without += formatSample(METRICS.dagsWithoutSeries.name, labels, leftOut.get(deployment) ?? 0);
  }
  const { version, trainedAt } = board.model;
  const inUse = formatLabels([
    ['version', version],
    ['role', 'champion'],
  ]);
  return [
    family(METRICS.dagFailureRisk, risks),
    family(METRICS.taskFailureRisk, tasks),
    family(METRICS.dagLastRunFailed, lastFailed),
    family(METRICS.dagLastFailureSeen, failureSeen),
    family(METRICS.dagLastRunDuration, durations),
    family(METRICS.dagLastRunRetries, retries),
    family(METRICS.riskThreshold, thresholds),
    family(METRICS.dagInfo, info),
    family(METRICS.dagCodeChanged, changed),
    family(METRICS.dagLateRisk, late),
    family(METRICS.dagExpectedEnd, ends),
    family(METRICS.poolSaturationRisk, poolSamples(board)),
    family(METRICS.modelInfo, formatSample(METRICS.modelInfo.name, inUse, 1)),
    family(
      METRICS.modelTrained,
      formatSample(METRICS.modelTrained.name, formatLabels([['version', version]]), trainedAt),
    ),
    family(METRICS.scoreTimestamp, refreshed),
    family(METRICS.dagsWithoutSeries, without),
    family(METRICS.dagsForgotten, formatSample(METRICS.dagsForgotten.name, '', board.forgottenDags)),
  ];
}
