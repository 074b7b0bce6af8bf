/** Ways from one dashboard to the others and to ORC's own pages. */
import { DashboardLinkBuilder, DashboardLinkType } from '@grafana/grafana-foundation-sdk/dashboard';
import { DASHBOARDS } from '../catalogue.js';
import { ORC_URL_VARIABLE } from './variables.js';

/** Tag of all of them, by which they find each other. */
export const TAG = 'orc-ai';

/** The other dashboards, with the choices and the time range of this one. */
export function toOthers(): DashboardLinkBuilder {
  return new DashboardLinkBuilder('ORC AI')
    .type(DashboardLinkType.Dashboards)
    .tags([TAG])
    .asDropdown(true)
    .includeVars(true)
    .keepTime(true);
}

/** ORC's overview. */
export function toOrc(path = ''): DashboardLinkBuilder {
  return new DashboardLinkBuilder('ORC')
    .type(DashboardLinkType.Link)
    .icon('external link')
    .url(`\${${ORC_URL_VARIABLE}}/${path}`)
    .targetBlank(true);
}

/** Where a data link finds the labels of what was clicked: the fields of a table's row, or the labels of a series. */
export type LabelSource = 'row' | 'series';

const label = (source: LabelSource, name: string): string =>
  `\${${source === 'row' ? '__data.fields' : '__field.labels'}.${name}:percentencode}`;

/** To the incidents in ORC. */
export function toIncidents(): DashboardLinkBuilder {
  return new DashboardLinkBuilder('Incidents in ORC')
    .url(`\${${ORC_URL_VARIABLE}}/incidents`)
    .targetBlank(true);
}

/** From a DAG to its dashboard, to its page in ORC, which has the reasons, and from there on to its Airflow: ORC knows which it is. */
export function ofDag(source: LabelSource): DashboardLinkBuilder[] {
  const deployment = label(source, 'deployment');
  const dagId = label(source, 'dag_id');
  return [
    new DashboardLinkBuilder('DAG detail').url(
      `/d/${DASHBOARDS.dagDetail.uid}?var-deployment=${deployment}&var-dag_id=${dagId}&var-datasource=\${datasource:percentencode}&\${__url_time_range}`,
    ),
    new DashboardLinkBuilder('Reasons in ORC')
      .url(`\${${ORC_URL_VARIABLE}}/dags/${dagId}?deployment=${deployment}`)
      .targetBlank(true),
    new DashboardLinkBuilder('Airflow')
      .url(`\${${ORC_URL_VARIABLE}}/dags/${dagId}/airflow?deployment=${deployment}`)
      .targetBlank(true),
  ];
}
