/** Alerts on what is about to happen: failures, late ends, full pools, outages that many DAGs share. */
import { METRICS } from '../../core/metric-names.js';
import type { Severity } from '../thresholds/thresholds.js';
import { SEVERITIES } from '../thresholds/thresholds.js';
import { annotate } from './annotations.js';
import { bridged, isFiring, RECORDED } from './recorded.js';
import type { AlertingRule, RuleSettings } from './types.js';

/** An alert goes on until the risk is below this share of the threshold: one that hovers about it does not come and go. */
const RELEASE_SHARE = 0.8;
/** From the fact to the message there are 60 s: a single odd evaluation is all that this may filter. */
const RISK_FOR = '15s';
const POOL_RISK = { begin: 0.8, end: 0.6 };
/** So many DAGs, and this share of the deployment's, newly at risk are one outage. */
const OUTAGE = { dags: 5, share: 0.2 };
const OUTAGE_RELEASE = { dags: 3, share: 0.12 };

/** True above the threshold, and then until well below it. */
function aboveThreshold(alert: string, risk: string, severity: Severity): string {
  const threshold = `${RECORDED.threshold}{severity="${severity}"}`;
  const join = '> on (deployment, dag_id) group_left ()';
  return [
    `${risk} ${join} ${threshold}`,
    'or',
    `(${risk} ${join} (${RELEASE_SHARE} * ${threshold}) and on (deployment, dag_id) ${isFiring(alert, severity)})`,
  ].join('\n');
}

/** The threshold, looked up as the alert fires; `%q` quotes whatever stands in a DAG id. */
const thresholdText = (severity: Severity): string =>
  `{{ with printf "${RECORDED.threshold}{deployment=%q,dag_id=%q,severity=\\"${severity}\\"}" $labels.deployment $labels.dag_id | query }}{{ . | first | value | humanizePercentage }}{{ end }}`;

function riskAlert(
  alert: 'OrcDagFailureRisk' | 'OrcDagLateRisk',
  severity: Severity,
  settings: RuleSettings,
): AlertingRule {
  const isFailure = alert === 'OrcDagFailureRisk';
  const what = isFailure ? 'fail' : 'end late';
  const certainty = severity === 'critical' ? 'very likely' : 'likely';
  const worth = severity === 'critical' ? 'acting at once pays' : 'a warning pays';
  return {
    alert,
    expr: aboveThreshold(alert, isFailure ? RECORDED.failureRisk : RECORDED.lateRisk, severity),
    for: RISK_FOR,
    labels: { severity, kind: isFailure ? 'failure' : 'late' },
    annotations: annotate(
      alert,
      {
        about: 'dag',
        summary: `{{ $labels.dag_id }} in {{ $labels.deployment }} is ${certainty} to ${what}: risk {{ $value | humanizePercentage }}`,
        reason: `The current run, or the next one if none is active, will ${what} with a probability of {{ $value | humanizePercentage }}; from ${thresholdText(severity)} on ${worth} by the costs that are configured. The page of the DAG says why.`,
        impact: isFailure
          ? 'whatever waits for this DAG gets nothing from this run.'
          : 'whatever waits for this DAG gets it after the deadline.',
      },
      settings,
    ),
  };
}

function dagFailed(settings: RuleSettings): AlertingRule {
  return {
    alert: 'OrcDagFailed',
    // What failed before ORC watched is old news: a first start would tell all of it at once.
    expr: `${RECORDED.lastRunFailed} == 1 unless on (deployment, dag_id) ${bridged(METRICS.dagLastFailureSeen.name, 'deployment, dag_id')} == 0`,
    for: '0s',
    labels: { severity: 'warning', kind: 'failure' },
    annotations: annotate(
      'OrcDagFailed',
      {
        about: 'dag',
        summary: '{{ $labels.dag_id }} in {{ $labels.deployment }} has failed',
        reason: 'Its last run to end failed. The page of the DAG tells which tasks failed and why.',
        impact: 'whatever waits for this DAG gets nothing until a run succeeds.',
      },
      settings,
    ),
  };
}

function poolSaturation(settings: RuleSettings): AlertingRule {
  const alert = 'OrcPoolSaturationRisk';
  return {
    alert,
    expr: [
      `${RECORDED.poolRisk} > ${POOL_RISK.begin}`,
      'or',
      `(${RECORDED.poolRisk} > ${POOL_RISK.end} and on (deployment, pool) ${isFiring(alert, 'warning')})`,
    ].join('\n'),
    for: '5m',
    labels: { severity: 'warning', kind: 'pool' },
    annotations: annotate(
      alert,
      {
        about: 'deployment',
        summary:
          'Pool {{ $labels.pool }} in {{ $labels.deployment }} is likely to be full within the hour: {{ $value | humanizePercentage }}',
        reason:
          'By the runs that are due and what they usually occupy, all slots of the pool will be taken within the next hour with a probability of {{ $value | humanizePercentage }}.',
        impact: 'tasks of this pool wait for a slot, and their DAGs may end late.',
      },
      settings,
    ),
  };
}

function sharedOutage(settings: RuleSettings): AlertingRule {
  const alert = 'OrcSharedOutage';
  const many = ({ dags, share }: typeof OUTAGE): string =>
    `(${RECORDED.newlyAtRisk} >= ${dags} and on (deployment) ${RECORDED.newlyAtRisk} / on (deployment) ${RECORDED.dags} >= ${share})`;
  return {
    alert,
    expr: [
      many(OUTAGE),
      'or',
      `(${many(OUTAGE_RELEASE)} and on (deployment) ${isFiring(alert, 'critical')})`,
    ].join('\n'),
    for: RISK_FOR,
    labels: { severity: 'critical', kind: 'outage' },
    annotations: annotate(
      alert,
      {
        about: 'deployment',
        summary: '{{ $value }} DAGs in {{ $labels.deployment }} are newly at risk: one cause is likely',
        reason:
          '{{ $value }} DAGs are above their thresholds that were not a day ago. What they share (a database, a pool, a host, a deployment of code) is the first place to look.',
        impact: 'the warnings of the single DAGs are held back while this one lasts.',
      },
      settings,
    ),
  };
}

/** In the order in which they are evaluated. */
export function riskAlerts(settings: RuleSettings): AlertingRule[] {
  const both = (['OrcDagFailureRisk', 'OrcDagLateRisk'] as const).flatMap((alert) =>
    SEVERITIES.map((severity) => riskAlert(alert, severity, settings)),
  );
  return [...both, dagFailed(settings), poolSaturation(settings), sharedOutage(settings)];
}
