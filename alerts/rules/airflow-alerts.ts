/** Alerts on Airflow itself: what keeps every DAG from running, whatever their risks are. */
import type { AirflowComponent } from '../../core/fact-log/read-airflow-state.js';
import { METRICS } from '../../core/metric-names.js';
import { annotate } from './annotations.js';
import { bridged } from './recorded.js';
import type { AlertingRule, RuleSettings } from './types.js';

/** Airflow itself calls a scheduler unhealthy after 30 s; beats come every 5 s. */
const HEARTBEAT_SECONDS = 120;

const slots = (state: string): string =>
  bridged(`${METRICS.airflowPoolSlots.name}{state="${state}"}`, 'deployment, pool');

interface Component {
  readonly alert: string;
  /** The label `component`. */
  readonly component: AirflowComponent;
  readonly called: string;
  readonly impact: string;
}

const COMPONENTS: readonly Component[] = [
  {
    alert: 'OrcAirflowSchedulerDown',
    component: 'scheduler',
    called: 'scheduler',
    impact: 'no DAG run and no task starts until it is back.',
  },
  {
    alert: 'OrcAirflowDagProcessorDown',
    component: 'dag_processor',
    called: 'DAG processor',
    impact: 'changes of DAG files are not seen, and new DAGs do not appear.',
  },
  {
    alert: 'OrcAirflowTriggererDown',
    component: 'triggerer',
    called: 'triggerer',
    impact: 'deferred tasks and sensors wait until it is back.',
  },
];

function componentDown(
  { alert, component, called, impact }: Component,
  settings: RuleSettings,
): AlertingRule {
  const metric = `${METRICS.airflowHeartbeatAge.name}{component="${component}"}`;
  return {
    alert,
    expr: `${bridged(metric, 'deployment')} > ${HEARTBEAT_SECONDS}`,
    for: '1m',
    labels: { severity: component === 'scheduler' ? 'critical' : 'warning', kind: 'platform' },
    annotations: annotate(
      alert,
      {
        about: 'deployment',
        summary: `The ${called} of {{ $labels.deployment }} has shown no sign of life for {{ $value | humanizeDuration }}`,
        reason: `When Airflow was last looked at, the last heartbeat of its ${called} was {{ $value | humanizeDuration }} old; one comes every few seconds.`,
        impact,
      },
      settings,
    ),
  };
}

function importErrors(settings: RuleSettings): AlertingRule {
  const alert = 'OrcAirflowImportErrors';
  return {
    alert,
    expr: `${bridged(METRICS.airflowImportErrors.name, 'deployment')} > 0`,
    // Whoever edits a DAG file has some minutes to get it right.
    for: '10m',
    labels: { severity: 'warning', kind: 'platform' },
    annotations: annotate(
      alert,
      {
        about: 'deployment',
        summary: '{{ $value }} DAG files of {{ $labels.deployment }} cannot be imported',
        reason:
          'For ten minutes Airflow has not been able to import {{ $value }} of its DAG files. The home page of Airflow shows the errors.',
        impact: 'DAGs of these files are not there, or run as they were before the last change.',
      },
      settings,
    ),
  };
}

function poolStarving(settings: RuleSettings): AlertingRule {
  const alert = 'OrcAirflowPoolStarving';
  return {
    alert,
    expr: `${slots('scheduled')} > 0 and on (deployment, pool) ${slots('open')} <= 0`,
    for: '15m',
    labels: { severity: 'warning', kind: 'pool' },
    annotations: annotate(
      alert,
      {
        about: 'deployment',
        summary:
          'Tasks have waited for a slot of pool {{ $labels.pool }} in {{ $labels.deployment }} for fifteen minutes',
        reason:
          'All slots of the pool are taken, and tasks that want {{ $value }} more could start but for that.',
        impact: 'these tasks do not start, and their DAGs may end late.',
      },
      settings,
    ),
  };
}

/** Gaps of some minutes are bridged, so that a restart of ORC neither ends nor repeats an alert. */
export function airflowAlerts(settings: RuleSettings): AlertingRule[] {
  return [
    ...COMPONENTS.map((component) => componentDown(component, settings)),
    importErrors(settings),
    poolStarving(settings),
  ];
}
