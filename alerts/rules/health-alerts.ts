/** Alerts on ORC itself: whoever relies on warnings must hear when none can come. */
import { METRICS } from '../../core/metric-names.js';
import type { Severity } from '../thresholds/thresholds.js';
import { annotate, type Told } from './annotations.js';
import { bridged, isFiring, lately } from './recorded.js';
import { ALL_DEPLOYMENTS, type AlertingRule, type RuleSettings } from './types.js';

/** Training takes minutes and a first collection may take an hour. */
const MODEL_PATIENCE_SECONDS = 7200;
/** A perfect forecast of so many outcomes stays well below this error. */
const MISCALIBRATED = { error: 0.1, outcomes: 500 };
const STATSD_LOSS = 0.01;

/** Seconds since the process that exposes the metric started; over a restart, since the one before it did. */
const sinceStart = (metric: string, by: string): string =>
  `max by (${by}) ((time() - ${lately('process_start_time_seconds')}) * on (job, instance) group_right () (0 * ${lately(metric)} + 1))`;

/** A new process does not know what the one before it lacked: what fired goes on until the thing is there. */
const stillMissing = (alert: string, severity: Severity, by: string, there: string): string =>
  `((${sinceStart(METRICS.collectorRows.name, by)} unless ${there}) and on (${by}) ${isFiring(alert, severity)})`;

interface HealthAlert {
  readonly alert: string;
  readonly severity?: Severity;
  readonly expr: string;
  readonly for: string;
  /** Set where the expression carries no deployment. */
  readonly deployment?: string;
  readonly told: Omit<Told, 'about'>;
}

function definitions({ collectorStaleSeconds, scoresStaleSeconds }: RuleSettings): HealthAlert[] {
  const ofSource = 'deployment, source';
  const success = bridged(METRICS.collectorLastSuccess.name, ofSource);
  const scored = bridged(METRICS.scoreTimestamp.name, 'deployment');
  const known = METRICS.collectorRows.name;
  const champion = `on () group(${lately(`${METRICS.modelInfo.name}{role="champion"}`)})`;
  const dropped = `sum by (deployment) (increase(${METRICS.statsdDropped.name}[10m]))`;
  const samples = `sum by (deployment) (increase(${METRICS.statsdSamples.name}[10m]))`;
  const stored = METRICS.scoresStored.name;
  const ofRuns = (metric: string): string => bridged(`${metric}{subset="dag_runs"}`, 'subset');
  return [
    {
      alert: 'OrcCollectorStale',
      expr: [
        `time() - ${success} > ${collectorStaleSeconds}`,
        'or',
        `(${sinceStart(known, ofSource)} > ${collectorStaleSeconds} unless on (${ofSource}) ${success})`,
        'or',
        stillMissing('OrcCollectorStale', 'warning', ofSource, `on (${ofSource}) ${success}`),
      ].join('\n'),
      for: '1m',
      told: {
        summary:
          'Nothing was collected from {{ $labels.source }} of {{ $labels.deployment }} for {{ $value | humanizeDuration }}',
        reason:
          'The source was last collected without an error {{ $value | humanizeDuration }} ago, or never since ORC started. The page of sources and the log of ORC tell the error.',
        impact: 'risks are worked out from old facts, and failures of this time are not warned of.',
      },
    },
    {
      alert: 'OrcScoresStale',
      severity: 'critical',
      expr: [
        `time() - ${scored} > ${scoresStaleSeconds}`,
        'or',
        stillMissing('OrcScoresStale', 'critical', 'deployment', `on (deployment) ${scored}`),
      ].join('\n'),
      for: '1m',
      told: {
        summary: 'The risks of {{ $labels.deployment }} are {{ $value | humanizeDuration }} old',
        reason:
          'The scores were last refreshed {{ $value | humanizeDuration }} ago, or never since ORC started then; they are refreshed every few seconds as a rule.',
        impact: 'what is shown is out of date, and no new warning can come.',
      },
    },
    {
      alert: 'OrcModelMissing',
      expr: [
        `(${sinceStart(known, 'deployment')} > ${MODEL_PATIENCE_SECONDS} unless ${champion})`,
        'or',
        stillMissing('OrcModelMissing', 'warning', 'deployment', champion),
      ].join('\n'),
      for: '5m',
      told: {
        summary: 'ORC has no scores for {{ $labels.deployment }}: no model is in use',
        reason:
          'ORC has run for {{ $value | humanizeDuration }} without a model in use. Either there is too little history, or every trained model was refused; `orc models list` and /-/ready tell.',
        impact: 'there are no risks, and nobody is warned of anything.',
      },
    },
    {
      alert: 'OrcModelMiscalibrated',
      expr: `${ofRuns(METRICS.modelCalibrationError.name)} > ${MISCALIBRATED.error} and on (subset) ${ofRuns(METRICS.modelOutcomes.name)} >= ${MISCALIBRATED.outcomes}`,
      for: '30m',
      deployment: ALL_DEPLOYMENTS,
      told: {
        summary: 'The risks of DAG runs are off by {{ $value | humanizePercentage }} on average',
        reason:
          'The calibration error of the scores that met their outcome is {{ $value | humanizePercentage }}: what is said to fail in one of ten cases fails more often or less. The page of models shows since when.',
        impact: 'thresholds that follow from costs warn too often or too rarely.',
      },
    },
    {
      alert: 'OrcStatsdLoss',
      expr: `${dropped} / (${samples} + ${dropped}) > ${STATSD_LOSS}`,
      for: '5m',
      told: {
        summary:
          '{{ $value | humanizePercentage }} of the StatsD samples of {{ $labels.deployment }} are lost',
        reason:
          'Over ten minutes {{ $value | humanizePercentage }} of the samples were dropped: too many series, a full receive buffer, or no database.',
        impact: 'what ORC knows of the platform has gaps; run history is not affected.',
      },
    },
    {
      alert: 'OrcScoresNotStored',
      expr: `sum(increase(${METRICS.scoresDropped.name}[15m])) > 0`,
      for: '1m',
      deployment: ALL_DEPLOYMENTS,
      told: {
        summary: 'Scores are served but not stored',
        reason:
          'About {{ $value | humanize }} scores of the last 15 minutes were dropped: no database for too long.',
        impact:
          'they never meet their outcome, so quality, calibration and the budget of warnings miss them.',
      },
    },
    {
      alert: 'OrcNotificationsFailing',
      expr: `sum by (channel) (increase(${METRICS.notifications.name}{outcome="failed"}[10m])) > 0`,
      // Attempts are five minutes apart at most: one message that waits keeps it firing, a short trouble does not let it fire.
      for: '15m',
      deployment: ALL_DEPLOYMENTS,
      told: {
        summary: 'Messages by {{ $labels.channel }} cannot be sent',
        reason:
          'For fifteen minutes messages by {{ $labels.channel }} have failed again and again. The log of ORC tells the error; they wait in the database and are sent once it is repaired.',
        impact: 'warnings of this time have not reached people that way.',
      },
    },
    {
      alert: 'OrcActionsFailing',
      expr: `${bridged(METRICS.actionFailures.name, 'deployment, action, reason')} > 0`,
      for: '1m',
      told: {
        summary:
          'Actions ({{ $labels.action }}) on {{ $labels.deployment }} come to nothing: {{ $labels.reason }}',
        reason:
          '{{ $value }} within the last hour, or a change for a time only that could not be taken back yet. `orc actions list` tells what Airflow said.',
        impact: 'what failed is not run again by ORC, or a pool keeps a size that was meant for a time only.',
      },
    },
    {
      alert: 'OrcDown',
      severity: 'critical',
      expr: `max(up * on (job, instance) group_left () (0 * last_over_time(${stored}[1d]) + 1)) == 0`,
      for: '5m',
      deployment: ALL_DEPLOYMENTS,
      told: {
        summary: 'ORC is down',
        reason: 'Prometheus reaches no ORC, though it did within the last day.',
        impact: 'there are no risks, and nobody is warned of anything.',
      },
    },
  ];
}

/** Each with a deployment, `all` where it is about no particular one. */
export function healthAlerts(settings: RuleSettings): AlertingRule[] {
  return definitions(settings).map(
    ({ alert, severity = 'warning', expr, for: lasting, deployment, told }) => ({
      alert,
      expr,
      for: lasting,
      labels: { severity, kind: 'health', ...(deployment === undefined ? {} : { deployment }) },
      annotations: annotate(alert, { about: 'orc', ...told }, settings),
    }),
  );
}
