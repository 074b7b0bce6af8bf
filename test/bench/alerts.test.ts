import { describe, expect, it } from 'vitest';
import { deliveriesOf, isInhibited, type AlertLabels } from '../../bench/alerts/deliveries.js';
import { dagKey, warningFigures } from '../../bench/alerts/figures.js';
import { parseComplaints } from '../../bench/alerts/promtool.js';
import { dagSeries, promtoolValues, type DagSeries } from '../../bench/alerts/series.js';
import type { RiskMoment, TestedRun } from '../../model/index.js';

const run = (number: number, createdAt: number, endedAt: number, failed: boolean): TestedRun => ({
  ...{ deployment: 'd', dagId: 'etl', runId: `r${number}`, createdAt, endedAt, failed },
  failedAt: failed ? endedAt : null,
});
const moment = (of: number, stage: RiskMoment['stage'], at: number, risk: number): RiskMoment => ({
  ...{ run: of, stage, at, risk, afterFailure: false, row: 0 },
});
const clock = { steps: 100, ofRisk: (at: number) => at - 1000, ofEnd: (at: number) => at - 1000 };

describe('series of the replay', () => {
  it('show the riskiest active run, else the planned one, else nothing', () => {
    const runs = [run(0, 900, 990, true), run(1, 1010, 1040, false), run(2, 1020, 1060, true)];
    const moments = [
      moment(1, 'planned', 1005, 0.1),
      moment(1, 'queued', 1010, 0.2),
      moment(2, 'planned', 1015, 0.9),
      moment(2, 'running', 1020, 0.5),
    ];
    const [series] = dagSeries(runs, moments, 1000, clock);
    expect(series!.risk.map(({ step, value }) => [step, value])).toEqual([
      [0, null],
      [5, 0.1],
      [10, 0.2],
      [15, 0.2],
      [20, 0.5],
      [40, 0.5],
      [60, null],
    ]);
    expect(series!.lastRunFailed.map(({ step, value }) => [step, value])).toEqual([
      [0, 1],
      [40, 0],
      [60, 1],
    ]);
    expect(series!.ends.map(({ failed, onset }) => [failed, onset])).toEqual([
      [false, false],
      [true, true],
    ]);
  });

  it('are written as promtool reads them', () => {
    const changes = [
      { step: 0, value: null },
      { step: 3, value: 0.25 },
      { step: 5, value: 0.5 },
      { step: 6, value: null },
    ];
    expect(promtoolValues(changes, 10)).toBe('_x3 0.250000x1 0.500000x0 stale _x3');
  });
});

describe('complaints of promtool', () => {
  it('are read back as answers, whatever stands in a label', () => {
    const labels = `{dag_id="a\\"b", deployment="d"}`;
    const output = `  FAILED:\n    expr: "x > 1", time: 1h5m,\n        exp: nil\n        got: ${labels} 1E+00, {dag_id="{c}"} 1E+00\n\n`;
    expect(parseComplaints(output)).toEqual([
      { expr: 'x > 1', step: 65, labels: { dag_id: 'a"b', deployment: 'd' } },
      { expr: 'x > 1', step: 65, labels: { dag_id: '{c}' } },
    ]);
    expect(parseComplaints('Unit Testing: x\n  SUCCESS\n')).toEqual([]);
    expect(() => parseComplaints('  FAILED:\nerror parsing query')).toThrow(/refuses/);
  });
});

describe('figures', () => {
  const series: DagSeries = {
    ...{ deployment: 'd', dagId: 'etl', risk: [], lastRunFailed: [] },
    ends: [
      { step: 10, failed: false, onset: false, failedStep: null },
      { step: 20, failed: true, onset: true, failedStep: 19 },
      { step: 30, failed: true, onset: false, failedStep: 30 },
      { step: 40, failed: false, onset: false, failedStep: null },
      { step: 50, failed: true, onset: true, failedStep: 50 },
    ],
  };
  const dag = dagKey('d', 'etl');

  it('judge a warning by the first run to end, an incident by the next success', () => {
    const sent = [5, 12, 33, 35].map((step) => ({ dag, step }));
    expect(warningFigures([series], sent, (_, step) => (step === 20 ? 'told' : 'in_outage'), 2)).toEqual({
      days: 2,
      warnings: 4,
      warningsPerDay: 2,
      precision: 0.25,
      earlyWarnings: 4,
      earlyPrecision: 0.25,
      onsetFailures: 2,
      onsetWarned: 1,
      onsetWarnedEarly: 0,
      onsetShare: 0.5,
      onsetInOutage: 1,
      messagesPerIncident: 2,
      medianLeadSteps: 8,
    });
  });

  it('tell early warnings apart: those before any task of the run had failed', () => {
    const from = (step: number) => (_dag: string, at: number) => (at >= step ? ('told' as const) : null);
    expect(warningFigures([series], [], from(20), 1)).toMatchObject({ onsetWarned: 2, onsetWarnedEarly: 1 });
    expect(warningFigures([series], [], from(19), 1)).toMatchObject({ onsetWarned: 2, onsetWarnedEarly: 2 });
  });

  it('are null where nothing tells', () => {
    expect(warningFigures([{ ...series, ends: [] }], [], () => null, 1)).toMatchObject({
      ...{ precision: null, onsetShare: null, messagesPerIncident: null, medianLeadSteps: null },
    });
  });
});

describe('deliveries', () => {
  const rules = [
    {
      source_matchers: ['alertname="Failed"'],
      target_matchers: ['alertname=~"Risk|Late"'],
      equal: ['dag_id'],
    },
  ];
  const risk = { alertname: 'Risk', deployment: 'd', dag_id: 'etl' };
  const failed = { ...risk, alertname: 'Failed' };
  const told = (alerts: readonly (readonly AlertLabels[])[], repeatSteps = 100) =>
    deliveriesOf(
      alerts.map((firing, step) => ({ step, alerts: firing })),
      alerts.length,
      rules,
      repeatSteps,
      (step) => `t${step}`,
    ).map(({ step, body }) => [
      step,
      (body as { alerts: { status: string; labels: AlertLabels; startsAt: string }[] }).alerts.map(
        ({ status, labels, startsAt }) => `${labels['alertname']!} ${status} ${startsAt}`,
      ),
    ]);

  it('come when a group changes, and again after a while', () => {
    expect(told([[], [risk], [risk], [risk], []], 2)).toEqual([
      [1, ['Risk firing t1']],
      [3, ['Risk firing t1']],
      [4, ['Risk resolved t4']],
    ]);
  });

  it('leave out what is inhibited, its end too', () => {
    expect(told([[risk], [risk, failed], [failed], [], [risk]])).toEqual([
      [0, ['Risk firing t0']],
      [1, ['Failed firing t1']],
      [3, ['Failed resolved t3']],
      [4, ['Risk firing t4']],
    ]);
    expect(isInhibited(risk, [{ ...failed, dag_id: 'other' }], rules)).toBe(false);
    expect(() => isInhibited(risk, [failed], [{ ...rules[0]!, target_matchers: ['a!="b"'] }])).toThrow(
      /none/,
    );
  });
});
