/** The choices at the top of the dashboards. */
import {
  ConstantVariableBuilder,
  CustomVariableBuilder,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { METRICS } from '../../core/metric-names.js';
import { DATASOURCE } from './panels/common.js';
import { chosen, OF_DEPLOYMENT, select, type Selectable } from './promql.js';

export const ORC_URL_VARIABLE = 'orc_url';
const DEFAULT_ORC_URL = 'http://127.0.0.1:9810';

export function datasource(): DatasourceVariableBuilder {
  return new DatasourceVariableBuilder('datasource').label('Prometheus').type('prometheus').multi(false);
}

/** Where people reach ORC; not to be changed in the address bar, as links are made of it. */
export function orcUrl(): ConstantVariableBuilder {
  return new ConstantVariableBuilder(ORC_URL_VARIABLE).label('Address of ORC').value(DEFAULT_ORC_URL);
}

/** `all` matches anything rather than listing each: ten thousand DAGs do not fit into a query. */
function labelOf(name: string, title: string, selector: string): QueryVariableBuilder {
  const query = `label_values(${selector}, ${name})`;
  return new QueryVariableBuilder(name)
    .label(title)
    .datasource(DATASOURCE)
    .query({ query, refId: `variable-${name}` })
    .definition(query)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalAsc)
    .multi(true)
    .includeAll(true)
    .allValue('.*')
    .current({ selected: true, text: ['All'], value: ['$__all'] });
}

export const deployment = (of: Selectable = METRICS.dagFailureRisk): QueryVariableBuilder =>
  labelOf('deployment', 'Deployment', of.name);

/** Whose DAGs; all of them include those of no team. */
export const team = (): QueryVariableBuilder =>
  labelOf('team', 'Team', select(METRICS.dagInfo, { ...OF_DEPLOYMENT, team: '!=""' }));

/** Of the chosen teams. */
export const dag = (): QueryVariableBuilder =>
  labelOf('dag_id', 'DAG', select(METRICS.dagInfo, { ...OF_DEPLOYMENT, team: chosen('team') }));

function span(
  name: string,
  title: string,
  choices: readonly string[],
  preset: string,
): CustomVariableBuilder {
  return new CustomVariableBuilder(name)
    .label(title)
    .values(choices.join(','))
    .current({ selected: true, text: preset, value: preset });
}

/** Span whose median risk counts as usual. */
export const usual = (): CustomVariableBuilder =>
  span('usual', 'Usual is the median of', ['1d', '7d', '30d'], '7d');
/** How far back a change is measured. */
export const change = (): CustomVariableBuilder =>
  span('change', 'Change since', ['1h', '6h', '24h', '7d'], '24h');
