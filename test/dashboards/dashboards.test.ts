import { describe, expect, it } from 'vitest';
import { METRICS, PROCESS_METRICS } from '../../core/metric-names.js';
import { AIRFLOW, AIRFLOW_PREFIXES } from '../../dashboards/source/airflow-metrics.js';
import { is, OF_DAG, select } from '../../dashboards/source/promql.js';
import { DASHBOARDS, metricsIn, queriesOf } from './dashboard-json.js';
import { exposedMetrics } from './exposed-metrics.js';

const exposed = await exposedMetrics();

describe.each(DASHBOARDS)('$file', ({ model }) => {
  const panels = model.panels.filter(({ type }) => type !== 'row');

  it('asks only for metrics that ORC exposes or that statsd_exporter makes of what Airflow sends', () => {
    const known = new Set<string>([
      ...exposed,
      ...Object.values(AIRFLOW).map(({ name }) => name),
      ...Object.values(AIRFLOW_PREFIXES),
    ]);
    for (const { where, target } of queriesOf(model)) {
      const metrics = metricsIn(target.expr);
      expect(metrics, where).not.toEqual([]);
      expect(
        metrics.filter((name) => !known.has(name)),
        where,
      ).toEqual([]);
    }
  });

  it('has the metrics of each panel on record', () => {
    const lines = panels.map(
      ({ title, targets }) =>
        `${title}: ${[...new Set(targets!.flatMap(({ expr }) => metricsIn(expr)))].join(' ')}`,
    );
    expect(lines).toMatchSnapshot();
  });

  it('uses only variables that it has', () => {
    const text = JSON.stringify(model);
    const used = [...text.matchAll(/\$\{?([a-z_]\w*)/g)]
      .map(([, name]) => name!)
      .filter((name) => !name.startsWith('__'));
    const names = new Set(model.templating.list.map(({ name }) => name));
    expect(used.filter((name) => !names.has(name))).toEqual([]);
    for (const { name } of model.templating.list) expect(used, name).toContain(name);
  });

  it('lets several or all deployments and DAGs be chosen, all without listing them', () => {
    for (const variable of model.templating.list.filter(({ name }) =>
      ['deployment', 'dag_id'].includes(name),
    )) {
      expect(variable).toMatchObject({ multi: true, includeAll: true, allValue: '.*' });
    }
    expect(model.templating.list.find(({ name }) => name === 'orc_url')).toMatchObject({
      type: 'constant',
      skipUrlSync: true,
    });
  });

  it('says of every panel what it shows, and asks the chosen data source', () => {
    for (const { title, description, datasource, targets } of panels) {
      expect(description, title).toMatch(/\.$/);
      expect(datasource, title).toEqual({ type: 'prometheus', uid: '${datasource}' });
      expect(targets!.length, title).toBeGreaterThan(0);
    }
    expect(new Set(model.panels.map(({ id }) => id)).size).toBe(model.panels.length);
  });

  it('has panels that neither overlap nor leave the page', () => {
    const taken = new Set<string>();
    for (const { title, gridPos } of model.panels) {
      expect(gridPos.x + gridPos.w, title).toBeLessThanOrEqual(24);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          expect(taken.has(`${x},${y}`), `${title} at ${x},${y}`).toBe(false);
          taken.add(`${x},${y}`);
        }
      }
    }
  });

  it('can be read by Grafana 10', () => {
    expect(model.schemaVersion).toBe(38);
    expect(JSON.stringify(model)).not.toContain('inControlsMenu');
  });
});

it('has links to a DAG that escape its id and keep to the ORC that was configured', () => {
  const urls = DASHBOARDS.flatMap(({ model }) => [...JSON.stringify(model).matchAll(/"url":"([^"]*)"/g)]).map(
    ([, url]) => url!,
  );
  expect(urls.length).toBeGreaterThan(10);
  for (const url of urls) {
    expect(url).toMatch(/^(\$\{orc_url\}\/|\/d\/orc-)/);
    for (const [label] of url.matchAll(/\$\{__(?:data|field)[^}]*\}/g))
      expect(label).toMatch(/:percentencode\}$/);
  }
  const uids = new Set(DASHBOARDS.map(({ model }) => model.uid));
  for (const [, uid] of urls.join('\n').matchAll(/\/d\/([^?]+)/g)) expect(uids).toContain(uid);
});

describe('selectors', () => {
  it('take only labels that the metric has', () => {
    expect(select(METRICS.dagFailureRisk, OF_DAG)).toBe(
      'orc_dag_failure_risk_ratio{deployment=~"$deployment", dag_id=~"$dag_id"}',
    );
    expect(select(METRICS.modelInfo)).toBe('orc_model_info');
    expect(select(METRICS.modelInfo, { role: is('a"b') })).toBe('orc_model_info{role="a\\"b"}');
    expect(() => select(METRICS.poolSaturationRisk, OF_DAG)).toThrow(
      'orc_pool_saturation_risk_ratio has no label dag_id',
    );
  });
});

it('shows every metric of ORC somewhere, but for what rules or scalers alone need', () => {
  const shown = new Set(
    DASHBOARDS.flatMap(({ model }) => queriesOf(model).flatMap(({ target }) => metricsIn(target.expr))),
  );
  const missing = Object.values(METRICS)
    .map(({ name }) => name as string)
    .filter((name) => !shown.has(name));
  expect(missing).toEqual([METRICS.dagLastFailureSeen.name, METRICS.recommendedWorkers.name]);
});

it('names the metrics of the process as they are exposed', () => {
  for (const name of Object.values(PROCESS_METRICS)) expect(exposed).toContain(name);
});
