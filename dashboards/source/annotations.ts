/** Marks over the time axis. */
import { AnnotationQueryBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { METRICS } from '../../core/metric-names.js';
import { DATASOURCE } from './panels/common.js';
import { highestBy, select } from './promql.js';
import { startedAt } from './queries/health.js';
import { actionsNow } from './queries/actions.js';
import { openedOfDag, openedOfTeam } from './queries/incidents.js';
import { codeChanged, failureRisk, warningThreshold } from './queries/risk.js';

/** A mark at the time that the value tells, in milliseconds as Grafana wants it. */
function atValue(name: string, expr: string, color: string): AnnotationQueryBuilder {
  return new AnnotationQueryBuilder()
    .name(name)
    .datasource(DATASOURCE)
    .enable(true)
    .iconColor(color)
    .expr(`${expr} * 1000`)
    .step('60s')
    .useValueForTime(true);
}

/** When the model in use was trained. */
export const newModel = (): AnnotationQueryBuilder =>
  atValue('New model', highestBy(['version'], select(METRICS.modelTrained)), 'purple').titleFormat(
    'Model {{version}} trained',
  );

/** When ORC was started: a deployment of a new version, or a restart. */
export const orcStarted = (): AnnotationQueryBuilder =>
  atValue('ORC started', `(${startedAt})`, 'blue').titleFormat('ORC started on {{instance}}');

/** While the risk of a DAG is above the threshold of a warning. */
export const aboveThreshold = (): AnnotationQueryBuilder =>
  new AnnotationQueryBuilder()
    .name('Above threshold')
    .datasource(DATASOURCE)
    .enable(false)
    .iconColor('orange')
    .expr(`(${failureRisk}) > on (deployment, dag_id) (${warningThreshold})`)
    .step('60s')
    .titleFormat('{{dag_id}} is above its threshold');

/** When each incident that was open at some moment of the time range was opened: of the chosen teams, or of the chosen DAGs. */
export const incidentOpened = (of: 'team' | 'dag'): AnnotationQueryBuilder =>
  atValue('Incidents', `(${of === 'team' ? openedOfTeam : openedOfDag})`, 'red').titleFormat(
    '{{subject}}: {{kind}} ({{severity}})',
  );

/** When the code of a DAG changed. */
export const newCode = (): AnnotationQueryBuilder =>
  atValue('New code', `(${codeChanged})`, 'green').titleFormat('{{dag_id}} has new code');

/** When ORC acted on Airflow. */
export const acted = (): AnnotationQueryBuilder =>
  new AnnotationQueryBuilder()
    .name('Actions')
    .datasource(DATASOURCE)
    .enable(true)
    .iconColor('yellow')
    .expr(actionsNow)
    .step('60s')
    .titleFormat('{{action}} on {{deployment}}');
