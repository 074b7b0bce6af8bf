/** What `/metrics` says: scores, collection health, and the process itself. */
import { Counter, Gauge, Registry, collectDefaultMetrics } from 'prom-client';
import { SEVERITIES, type DagTraits, type Thresholds, type WarningQuality } from '../alerts/index.js';
import { METRICS, PROCESS_METRICS, type MetricDefinition } from '../core/metric-names.js';
import { END_QUANTILES } from '../model/intervals/decision.js';
import type { RunTiming } from '../model/intervals/timing-fold.js';
import {
  formatLabels,
  formatSample,
  EXPOSITION_END,
  writeFamilies,
  type ExpositionFormat,
  type Family,
} from './exposition.js';
import type { QualityView } from '../model/quality/quality-follower.js';
import type { ScoreWriterStatus } from '../model/quality/score-writer.js';
import { airflowFamilies } from './airflow-metrics.js';
import { workerFamily } from './recommended-workers.js';
import { actionFamilies, type ActionMetrics } from './action-metrics.js';
import {
  incidentRegistry,
  standingFamilies,
  warningFamilies,
  type IncidentCounts,
} from './incident-metrics.js';
import { modelFamilies } from './model-metrics.js';
import type { SourceStatus, PollingStatus } from './source-status.js';
import { statsdRegistry, type StatsdCounts } from './statsd-metrics.js';
import { compareText, type DagRisk, type ScoreBoard, type ScoreSource, type TaskRisk } from './live/board.js';
import type { AirflowView } from './live/airflow-follower.js';
import type { DagView } from './live/subjects.js';

export interface MetricsOptions {
  readonly scorer: ScoreSource;
  /** Called at every scrape; names every configured source from the start. */
  readonly collectorStatus: () => readonly SourceStatus[];
  /** Called at every scrape; names every deployment with StatsD from the start. Absent where there is no StatsD. */
  readonly statsdCounts?: () => readonly StatsdCounts[];
  /** At most this many tasks, the riskiest, get a series. */
  readonly taskSeriesLimit: number;
  /** At which risks to warn; no thresholds are told without it. */
  readonly thresholds?: (dag: DagTraits) => Thresholds;
  /** The team of a DAG, null where it has none; no teams are told without it. */
  readonly teamOf?: (dag: DagTraits) => string | null;
  /** Live quality; called at every scrape. */
  readonly quality?: () => QualityView | null;
  /** Counts of stored scores; absent where none are stored. */
  readonly scoresStored?: () => ScoreWriterStatus;
  /** What is known of Airflow itself; called at every scrape. */
  readonly airflow?: () => AirflowView;
  /** Tasks that one worker of a deployment runs at once, where that is known. */
  readonly workerSlots?: ReadonlyMap<string, number>;
  /** How warnings turned out; called at every scrape. */
  readonly warningQuality?: () => readonly WarningQuality[];
  /** What the ledger of actions says; called at every scrape. */
  readonly actions?: () => ActionMetrics | null;
  /** Counts of messages; absent where none are sent. */
  readonly incidents?: IncidentCounts;
}

export interface Metrics {
  /** The whole answer, as UTF-8. */
  render(format: ExpositionFormat): Promise<Buffer>;
}

const PROCESS_METRIC_NAMES: ReadonlySet<string> = new Set(Object.values(PROCESS_METRICS));

function processRegistry(): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  for (const { name } of registry.getMetricsAsArray()) {
    if (!PROCESS_METRIC_NAMES.has(name)) registry.removeSingleMetric(name);
  }
  return registry;
}

function collectorRegistry(status: () => readonly SourceStatus[]): Registry {
  const registry = new Registry();
  const options = ({ name, help, labels }: MetricDefinition) => ({
    name,
    help,
    labelNames: labels,
    registers: [registry],
  });
  new Gauge({
    ...options(METRICS.collectorLastSuccess),
    collect() {
      this.reset();
      for (const { deployment, source, lastSuccessAt } of status()) {
        if (lastSuccessAt !== null) this.set({ deployment, source }, lastSuccessAt);
      }
    },
  });
  const pollingGauge = (
    metric: MetricDefinition,
    valueOf: (polling: PollingStatus) => number | null,
  ): void => {
    new Gauge({
      ...options(metric),
      collect() {
        this.reset();
        for (const { deployment, source, polling } of status()) {
          const value = polling === undefined ? null : valueOf(polling);
          if (value !== null) this.set({ deployment, source }, value);
        }
      },
    });
  };
  pollingGauge(METRICS.collectorKnownUntil, (polling) => polling.knownUntil);
  pollingGauge(METRICS.collectorClockSkew, (polling) => polling.clockSkewSeconds);
  pollingGauge(METRICS.collectorPassDuration, (polling) => polling.passSeconds);
  new Counter({
    ...options(METRICS.collectorRows),
    collect() {
      this.reset();
      for (const { deployment, source, rows } of status()) this.inc({ deployment, source }, rows);
    },
  });
  new Counter({
    ...options(METRICS.collectorErrors),
    collect() {
      this.reset();
      for (const { deployment, source, errors } of status()) this.inc({ deployment, source }, errors);
    },
  });
  return registry;
}

async function familiesOf(registry: Registry): Promise<Family[]> {
  const metrics = await registry.getMetricsAsJSON();
  return metrics.map((metric) => ({
    name: metric.name,
    help: metric.help,
    type: String(metric.type),
    samples: metric.values
      .map(({ labels, value }) =>
        formatSample(
          metric.name,
          formatLabels(Object.entries(labels).map(([name, label]) => [name, String(label)])),
          value,
        ),
      )
      .join(''),
  }));
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

/** The families that change only when scores are refreshed. */
export function scoreFamilies(
  board: ScoreBoard,
  options: Pick<MetricsOptions, 'taskSeriesLimit' | 'thresholds' | 'teamOf'>,
): Family[] {
  const { taskSeriesLimit, thresholds: thresholdsOf, teamOf } = options;
  let risks = '';
  let thresholds = '';
  let info = '';
  let changed = '';
  let lastFailed = '';
  let failureSeen = '';
  let tasks = '';
  let refreshed = '';
  let late = '';
  let ends = '';
  for (const { dag, risk, timing } of board.dags) {
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
  for (const deployment of board.knownDags.keys()) {
    const labels = formatLabels([['deployment', deployment]]);
    refreshed += formatSample(METRICS.scoreTimestamp.name, labels, board.refreshedAt);
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
  ];
}

/**
 * Own registries, so that several servers can live in one process. The score families, up to 70,000 series, are
 * written once per refresh of the scores and format rather than once per scrape.
 */
export function createMetrics(options: MetricsOptions): Metrics {
  const registries = [
    collectorRegistry(options.collectorStatus),
    statsdRegistry(options.statsdCounts ?? (() => [])),
    ...(options.incidents === undefined ? [] : [incidentRegistry(options.incidents)]),
    processRegistry(),
  ];
  const written = new WeakMap<ScoreBoard, Partial<Record<ExpositionFormat, Buffer>>>();

  function scores(board: ScoreBoard, format: ExpositionFormat): Buffer {
    let formats = written.get(board);
    if (formats === undefined) written.set(board, (formats = {}));
    return (formats[format] ??= Buffer.from(writeFamilies(scoreFamilies(board, options), format)));
  }

  return {
    async render(format) {
      const board = options.scorer.board();
      const ofModel = modelFamilies(options.quality?.() ?? null, options.scoresStored?.() ?? null);
      const airflow = options.airflow?.();
      const ofAirflow =
        airflow === undefined
          ? []
          : [
              ...airflowFamilies(airflow),
              workerFamily(airflow.pools, board?.pools ?? [], options.workerSlots ?? new Map()),
            ];
      const ofWarnings = warningFamilies(options.warningQuality?.() ?? []);
      const ofIncidents = standingFamilies(options.incidents?.standing() ?? null);
      const actions = options.actions?.() ?? null;
      const others = [
        ...(actions === null ? [] : actionFamilies(actions)),
        ...ofModel,
        ...ofAirflow,
        ...ofWarnings,
        ...ofIncidents,
        ...(await Promise.all(registries.map(familiesOf))).flat(),
      ];
      const rest = Buffer.from(writeFamilies(others, format) + EXPOSITION_END[format]);
      return board === null ? rest : Buffer.concat([scores(board, format), rest]);
    },
  };
}
