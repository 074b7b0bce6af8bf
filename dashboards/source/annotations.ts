/** Marks over the time axis. */
import { AnnotationQueryBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { METRICS } from '../../core/metric-names.js';
import { DATASOURCE } from './panels/common.js';
import { highestBy, select } from './promql.js';
import { startedAt } from './queries/health.js';
import { failureRisk, warningThreshold } from './queries/risk.js';

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
