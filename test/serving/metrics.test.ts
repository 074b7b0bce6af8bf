import { execFileSync, spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { METRICS } from '../../core/metric-names.js';
import { createMetrics } from '../../serving/metrics.js';
import type { SourceStatus } from '../../serving/source-status.js';
import { NOW, sketchSource, type DagSketch } from './support.js';

const idle: SourceStatus = {
  deployment: 'production',
  source: 'airflow_rest',
  lastSuccessAt: null,
  rows: 0,
  errors: 0,
};

const sketches: DagSketch[] = [
  {
    dagId: 'a"b\\c\nd 🚀',
    risk: 0.75,
    stage: 'running',
    outcomes: 'sf',
    tasks: { 'x.y[z]': 0.5, other: 0.25 },
  },
  { dagId: 'fresh', risk: 0.125, outcomes: '' },
];

async function render(
  options: {
    sketches?: DagSketch[] | null;
    status?: SourceStatus[];
    dagSeriesLimit?: number;
    taskSeriesLimit?: number;
  } = {},
  format: 'text' | 'openmetrics' = 'text',
): Promise<string> {
  const metrics = createMetrics({
    scorer: sketchSource(options.sketches === undefined ? sketches : options.sketches),
    collectorStatus: () => options.status ?? [idle],
    taskSeriesLimit: options.taskSeriesLimit ?? 1000,
    ...(options.dagSeriesLimit === undefined ? {} : { dagSeriesLimit: options.dagSeriesLimit }),
  });
  return (await metrics.render(format)).toString();
}

const lines = (text: string, metric: string): string[] =>
  text.split('\n').filter((line) => line.startsWith(metric) && /[{ ]/.test(line[metric.length] ?? ''));

describe('scores', () => {
  it('tells risks, last outcomes, the model and the time of the scores', async () => {
    const text = await render();
    expect(lines(text, 'orc_dag_failure_risk_ratio')).toEqual([
      'orc_dag_failure_risk_ratio{deployment="production",dag_id="a\\"b\\\\c\\nd 🚀"} 0.75',
      'orc_dag_failure_risk_ratio{deployment="production",dag_id="fresh"} 0.125',
    ]);
    expect(lines(text, 'orc_dag_last_run_failed')).toEqual([
      'orc_dag_last_run_failed{deployment="production",dag_id="a\\"b\\\\c\\nd 🚀"} 1',
    ]);
    expect(lines(text, 'orc_model_info')).toEqual([
      'orc_model_info{version="2026-11-23T0900Z-3fa9c1",role="champion"} 1',
    ]);
    expect(lines(text, 'orc_model_trained_timestamp_seconds')).toEqual([
      `orc_model_trained_timestamp_seconds{version="2026-11-23T0900Z-3fa9c1"} ${NOW - 10_800}`,
    ]);
    expect(lines(text, 'orc_score_timestamp_seconds')).toEqual([
      `orc_score_timestamp_seconds{deployment="production"} ${NOW}`,
    ]);
  });

  it('tells the thresholds of both severities of every DAG', async () => {
    const metrics = createMetrics({
      scorer: sketchSource([{ dagId: 'a"b', risk: 0.5, tags: ['gold'] }]),
      collectorStatus: () => [idle],
      taskSeriesLimit: 0,
      thresholds: ({ tags }) => ({ warning: tags.includes('gold') ? 0.125 : 0.5, critical: 0.75 }),
    });
    expect(lines((await metrics.render('text')).toString(), 'orc_risk_threshold_ratio')).toEqual([
      'orc_risk_threshold_ratio{deployment="production",dag_id="a\\"b",severity="warning"} 0.125',
      'orc_risk_threshold_ratio{deployment="production",dag_id="a\\"b",severity="critical"} 0.75',
    ]);
    expect(await render()).not.toMatch(/orc_risk_threshold_ratio|team=/);
  });

  it('tells of every DAG, with the team of those that have one', async () => {
    const metrics = createMetrics({
      scorer: sketchSource(sketches),
      collectorStatus: () => [idle],
      taskSeriesLimit: 0,
      teamOf: ({ dagId }) => (dagId === 'fresh' ? 'core' : null),
    });
    expect(lines((await metrics.render('text')).toString(), 'orc_dag_info')).toEqual([
      'orc_dag_info{deployment="production",dag_id="a\\"b\\\\c\\nd 🚀"} 1',
      'orc_dag_info{deployment="production",dag_id="fresh",team="core"} 1',
    ]);
  });

  it('tells of a last failure whether it was seen', async () => {
    const outcomes = { a: 'sf', b: 'sh', c: 'hs' };
    const text = await render({
      sketches: Object.entries(outcomes).map(([dagId, letters]) => ({ dagId, risk: 0.5, outcomes: letters })),
    });
    expect(lines(text, 'orc_dag_last_failure_seen')).toEqual([
      'orc_dag_last_failure_seen{deployment="production",dag_id="a"} 1',
      'orc_dag_last_failure_seen{deployment="production",dag_id="b"} 0',
    ]);
  });

  it('tells how long the last run took and how often tasks were tried again', async () => {
    const text = await render({
      sketches: [
        { dagId: 'a', risk: 0.5, outcomes: 'sf' },
        { dagId: 'b', risk: 0.5, outcomes: '' },
      ],
    });
    const of = '{deployment="production",dag_id="a"}';
    expect(lines(text, 'orc_dag_last_run_duration_seconds')).toEqual([
      `orc_dag_last_run_duration_seconds${of} 290`,
    ]);
    expect(lines(text, 'orc_dag_last_run_retries')).toEqual([`orc_dag_last_run_retries${of} 2`]);
  });

  it('tells when the code of a DAG changed, where that is known', async () => {
    const text = await render({
      sketches: [
        { dagId: 'a', risk: 0.5, codeChangedAt: NOW - 60 },
        { dagId: 'b', risk: 0.5 },
      ],
    });
    expect(lines(text, 'orc_dag_code_changed_timestamp_seconds')).toEqual([
      `orc_dag_code_changed_timestamp_seconds{deployment="production",dag_id="a"} ${NOW - 60}`,
    ]);
  });

  it('tells expected ends, lateness and full pools where they are known, and nothing where not', async () => {
    const metrics = createMetrics({
      scorer: sketchSource(
        [
          {
            dagId: 'a',
            risk: 0.1,
            stage: 'running',
            ends: [60, 120, 300],
            late: 0.25,
            deadline: [200, 'learnt'],
          },
          { dagId: 'open', risk: 0.1, ends: [60, 120, 300] },
          { dagId: 'unknown', risk: 0.1 },
        ],
        {},
        {
          pools: [
            {
              deployment: 'production',
              pool: 'etl',
              slots: 4,
              occupiedSlots: 1,
              dueSlots: 2,
              risk: 0.5,
              usualRisk: 0.2,
            },
          ],
        },
      ),
      collectorStatus: () => [],
      taskSeriesLimit: 1,
    });
    const text = (await metrics.render('text')).toString();
    expect(lines(text, 'orc_dag_late_risk_ratio')).toEqual([
      'orc_dag_late_risk_ratio{deployment="production",dag_id="a"} 0.25',
    ]);
    expect(lines(text, 'orc_dag_expected_end_timestamp_seconds')).toHaveLength(6);
    expect(text).toContain(
      `orc_dag_expected_end_timestamp_seconds{deployment="production",dag_id="a",quantile="0.9"} ${NOW + 300}\n`,
    );
    expect(lines(text, 'orc_pool_saturation_risk_ratio')).toEqual([
      'orc_pool_saturation_risk_ratio{deployment="production",pool="etl"} 0.5',
    ]);
  });

  it('keeps to the riskiest tasks, and never names a run', async () => {
    const text = await render({ taskSeriesLimit: 1 });
    expect(lines(text, 'orc_task_failure_risk_ratio')).toEqual([
      'orc_task_failure_risk_ratio{deployment="production",dag_id="a\\"b\\\\c\\nd 🚀",task_id="x.y[z]"} 0.5',
    ]);
    expect(text).not.toMatch(/run_id|scheduled__/);
  });

  it('keeps to the riskiest DAGs, and tells how many have no series', async () => {
    const text = await render({ dagSeriesLimit: 1 });
    expect(text).toContain('dag_id="a\\"b');
    expect(text).not.toContain('dag_id="fresh"');
    expect(lines(text, 'orc_dags_without_series')).toEqual([
      'orc_dags_without_series{deployment="production"} 1',
    ]);
    expect(lines(await render(), 'orc_dags_without_series')[0]).toMatch(/ 0$/);
    expect(lines(text, 'orc_dags_forgotten_total')).toEqual(['orc_dags_forgotten_total 0']);
  });

  it('leaves unknown gauges out, and has counters at 0 from the start', async () => {
    const text = await render({ sketches: null });
    expect(text).not.toContain('orc_dag_failure_risk_ratio');
    expect(text).not.toContain('orc_score_timestamp_seconds');
    expect(text).not.toContain('orc_collector_last_success_timestamp_seconds');
    expect(lines(text, 'orc_collector_rows_total')).toEqual([
      'orc_collector_rows_total{deployment="production",source="airflow_rest"} 0',
    ]);
    expect(lines(text, 'orc_collector_errors_total')).toEqual([
      'orc_collector_errors_total{deployment="production",source="airflow_rest"} 0',
    ]);
    expect(text).toMatch(/^process_start_time_seconds \d/m);
  });

  it('shows collection health as it is at each scrape', async () => {
    let rows = 5;
    const metrics = createMetrics({
      scorer: sketchSource(null),
      collectorStatus: () => [{ ...idle, rows, lastSuccessAt: NOW, errors: 2 }],
      taskSeriesLimit: 1,
    });
    expect((await metrics.render('text')).toString()).toContain(
      'orc_collector_rows_total{deployment="production",source="airflow_rest"} 5\n',
    );
    rows = 8;
    const text = (await metrics.render('openmetrics')).toString();
    expect(text).toContain('orc_collector_rows_total{deployment="production",source="airflow_rest"} 8\n');
    expect(text).toContain(
      `orc_collector_last_success_timestamp_seconds{deployment="production",source="airflow_rest"} ${NOW}\n`,
    );
    expect((await metrics.render('text')).toString()).toContain('# TYPE orc_collector_rows_total counter\n');
  });
});

describe('formats', () => {
  it('answers OpenMetrics with one family per name and an end', async () => {
    const text = await render({}, 'openmetrics');
    expect(text).toContain('# TYPE orc_collector_rows counter\n');
    expect(text.endsWith('\n# EOF\n')).toBe(true);
    const families = [...text.matchAll(/^# TYPE (\S+)/gm)].map((match) => match[1]);
    expect(new Set(families).size).toBe(families.length);
    expect(text).not.toContain('\n\n');
  });

  const hasPromtool = spawnSync('promtool', ['--version']).status === 0;
  it.runIf(hasPromtool)('leaves promtool nothing to say', async () => {
    const input = await render({ status: [{ ...idle, lastSuccessAt: NOW }] });
    expect(execFileSync('promtool', ['check', 'metrics'], { input, encoding: 'utf8' })).toBe('');
  });
});

it('names every metric by the rules of Prometheus', () => {
  const definitions = Object.values(METRICS);
  expect(new Set(definitions.map(({ name }) => name)).size).toBe(definitions.length);
  for (const { name, type, help, labels } of definitions) {
    expect(name).toMatch(/^orc_[a-z0-9_]+$/);
    expect(name.endsWith('_total')).toBe(type === 'counter');
    expect(help).toMatch(/\.$/);
    expect(labels).not.toContain('run_id');
  }
});

describe('StatsD', () => {
  it('tells the counters of each deployment that has it', async () => {
    const metrics = createMetrics({
      scorer: sketchSource(null),
      collectorStatus: () => [],
      statsdCounts: () => [
        { deployment: 'production', packets: 5, samples: 4, parseErrors: 1, dropped: 2 },
        { deployment: 'quiet', packets: 0, samples: 0, parseErrors: 0, dropped: 0 },
      ],
      taskSeriesLimit: 0,
    });
    const text = (await metrics.render('text')).toString();
    expect(lines(text, 'orc_statsd_packets_total')).toEqual([
      'orc_statsd_packets_total{deployment="production"} 5',
      'orc_statsd_packets_total{deployment="quiet"} 0',
    ]);
    expect(lines(text, 'orc_statsd_samples_total')[0]).toMatch(/ 4$/);
    expect(lines(text, 'orc_statsd_parse_errors_total')[0]).toMatch(/ 1$/);
    expect(lines(text, 'orc_statsd_dropped_total')[0]).toMatch(/ 2$/);
  });
});
