/** What `/metrics` says: scores, collection health, and the process itself. */
import { Counter, Gauge, Registry, collectDefaultMetrics } from 'prom-client';
import type { WarningQuality } from '../alerts/index.js';
import { METRICS, PROCESS_METRICS, type MetricDefinition } from '../core/metric-names.js';
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
import { scoreFamilies, type ScoreMetricsOptions } from './score-metrics.js';
import { statsdRegistry, type StatsdCounts } from './statsd-metrics.js';
import type { ScoreBoard, ScoreSource } from './live/board.js';
import type { AirflowView } from './live/airflow-follower.js';

export interface MetricsOptions extends ScoreMetricsOptions {
  readonly scorer: ScoreSource;
  /** Called at every scrape; names every configured source from the start. */
  readonly collectorStatus: () => readonly SourceStatus[];
  /** Called at every scrape; names every deployment with StatsD from the start. Absent where there is no StatsD. */
  readonly statsdCounts?: () => readonly StatsdCounts[];
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
