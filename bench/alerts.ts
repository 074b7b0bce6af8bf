/**
 * How good the warnings are: risks of the tested part of a history go as series through the real rule file, evaluated by promtool.
 * `npm run bench -- alerts --history FILE` for another history of day resolution than that of digital_land.
 */
import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { thresholdsOf, costsOf, SEVERITIES, type DagTraits } from '../alerts/index.js';
import { budgetPrices } from '../cli/alerts/preview.js';
import { alertsSchema, type AlertsConfig } from '../core/config/alerts.js';
import type { AnyFact } from '../core/fact-log/read.js';
import { replayTries } from '../features/replay.js';
import { firstRowAt, sliceRows } from '../features/slice-rows.js';
import { testDagRuns, type DagRunTest } from '../model/backtest/dag-run-test.js';
import { runInWorker } from '../model/training/run-in-worker.js';
import { dagKey, warningFigures, type WarningFigures } from './alerts/figures.js';
import { askPromtool, type InputSeries } from './alerts/promtool.js';
import { dagSeries, promtoolValues, type Change, type DagSeries, type StepClock } from './alerts/series.js';
import { batches, readHistory, recordedHistory } from './histories.js';

const RULES = 'alerts/rules/orc-risk.yaml';
const DAY_HISTORY = '/work/shared/datasets/digital_land.csv.gz';
const TRAIN_FRACTION = 0.7;
const DAY = 86_400;
const SEED = 1;

/** A miss costs 100 and a warning averts half of it. */
const SETTINGS: Readonly<Record<string, object>> = {
  'cheap warnings (5)': { costs: { warning: 5 } },
  'default (10)': {},
  'dear warnings (25)': { costs: { warning: 25 } },
};

export interface AlertMeasurement {
  readonly history: string;
  readonly dags: number;
  readonly setting: string;
  /** Lowest and highest threshold of severity `warning` over the replay. */
  readonly thresholds: readonly [number, number];
  readonly figures: WarningFigures;
  /** In the time of the history; null where it knows days only. */
  readonly medianLeadSeconds: number | null;
  /** Alerts on outages that many DAGs shared. */
  readonly outages: number;
  readonly promtoolSeconds: number;
}

export async function benchAlerts(flags: ReadonlyMap<string, string>): Promise<AlertMeasurement[]> {
  const path = flags.get('history') ?? DAY_HISTORY;
  const recorded = await measure('recording', recordedHistory(), minuteClock, true);
  if (!existsSync(path)) return recorded;
  return [...recorded, ...(await measure(basename(path), await readHistory(path), dayClock, false))];
}

/** An evaluation a minute. */
function minuteClock(from: number, until: number): StepClock {
  const step = (at: number): number => Math.ceil((at - from) / 60);
  return { steps: step(until) + 10, ofRisk: step, ofEnd: step };
}

/** A history that knows days only: a day is 20 evaluations, and what ends on a day ends in the middle of it. */
function dayClock(from: number, until: number): StepClock {
  const step = (at: number): number => Math.floor(((at - from) / DAY) * 20);
  return { steps: step(until) + 20, ofRisk: step, ofEnd: (at) => step(at) + 10 };
}

async function measure(
  history: string,
  facts: AnyFact[],
  clockOf: (from: number, until: number) => StepClock,
  hasTimes: boolean,
): Promise<AlertMeasurement[]> {
  const { test, from } = await riskHistory(facts);
  const clock = clockOf(from, test.until);
  const series = dagSeries(test.runs, test.moments, from, clock);
  const measurements: AlertMeasurement[] = [];
  for (const [setting, alerts] of Object.entries(SETTINGS)) {
    process.stderr.write(`  ${history}: ${setting}\n`);
    measurements.push(
      await replay(history, setting, alertsSchema.parse(alerts), test, from, clock, series, hasTimes),
    );
  }
  return measurements;
}

/** Trains on the first part, as `orc backtest` does. */
async function riskHistory(facts: AnyFact[]): Promise<{ test: DagRunTest; from: number }> {
  const tryCount = facts.filter(({ kind }) => kind === 'try').length;
  const first = await replayTries(batches(facts), { maxTryRows: tryCount + 1 });
  const splitAt = first.tries.decidedAt[Math.floor(TRAIN_FRACTION * first.tries.rows)]!;
  const { tries, dagRuns, stages } = await replayTries(batches(facts), {
    maxTryRows: tryCount + 1,
    stages: { from: splitAt, tryShare: 0 },
  });
  const planned = stages!.dagRuns;
  const test = await testDagRuns({
    ...{ tries, dagRuns, splitAt, seed: SEED, rule: { kind: 'default' }, replayDays: 1 },
    planned: sliceRows(planned, firstRowAt(planned, splitAt), planned.rows),
    run: (job) => runInWorker(job, { onProgress: () => undefined, signal: new AbortController().signal }),
  });
  return { test, from: splitAt };
}

const traits = ({ deployment, dagId }: { deployment: string; dagId: string }): DagTraits => ({
  ...{ deployment, dagId, tags: [], owners: [] },
});

/** Thresholds as they would have been told, weighed against the budget anew each day. */
function thresholdChanges(
  { runs, earlier, moments, until }: DagRunTest,
  config: AlertsConfig,
  from: number,
  clock: StepClock,
  dag: DagTraits,
): Record<(typeof SEVERITIES)[number], Change[]> {
  const changes: Record<(typeof SEVERITIES)[number], Change[]> = { warning: [], critical: [] };
  const history = { runs, moments: [...earlier, ...moments] };
  for (let day = from; day < until; day += DAY) {
    const price = budgetPrices(history, day, config, traits).get(dag.deployment) ?? 0;
    const thresholds = thresholdsOf(costsOf(config, dag), price);
    for (const severity of SEVERITIES)
      changes[severity].push({ step: clock.ofRisk(day), value: thresholds[severity] });
  }
  return changes;
}

const AT_RISK = 'ALERTS{alertname="OrcDagFailureRisk", alertstate="firing"OFFSET';
const FAILED = 'ALERTS{alertname="OrcDagFailed", alertstate="firing"OFFSET';
const OUTAGE = 'ALERTS{alertname="OrcSharedOutage", alertstate="firing"OFFSET';
const now = (selector: string): string => selector.replace('OFFSET', '}');
const before = (selector: string): string => selector.replace('OFFSET', '} offset 1m');

/** A warning that a failure of its DAG does not hold back, as Alertmanager's inhibition has it. */
const visible = (at: typeof now): string =>
  `(max by (deployment, dag_id) (${at(AT_RISK)}) unless on (deployment, dag_id) ${at(FAILED)})`;
const BEGINS = `${visible(now)} unless on (deployment, dag_id) ${visible(before)}`;
const OUTAGE_BEGINS = `max by (deployment) (${now(OUTAGE)}) unless on (deployment) ${before(OUTAGE)}`;
const FIRING = visible(now);

async function replay(
  history: string,
  setting: string,
  config: AlertsConfig,
  test: DagRunTest,
  from: number,
  clock: StepClock,
  series: readonly DagSeries[],
  hasTimes: boolean,
): Promise<AlertMeasurement> {
  const byDeployment = new Map<string, ReturnType<typeof thresholdChanges>>();
  const all: number[] = [];
  const input = series.flatMap((dag): InputSeries[] => {
    // Without tags and owners the thresholds of one deployment are the same.
    const known =
      byDeployment.get(dag.deployment) ?? thresholdChanges(test, config, from, clock, traits(dag));
    byDeployment.set(dag.deployment, known);
    all.push(...known.warning.map(({ value }) => value!));
    const labels = `deployment=${JSON.stringify(dag.deployment)},dag_id=${JSON.stringify(dag.dagId)}`;
    return [
      { series: `orc_dag_failure_risk_ratio{${labels}}`, values: promtoolValues(dag.risk, clock.steps) },
      {
        series: `orc_dag_last_run_failed{${labels}}`,
        values: promtoolValues(dag.lastRunFailed, clock.steps),
      },
      ...SEVERITIES.map((severity) => ({
        series: `orc_risk_threshold_ratio{${labels},severity="${severity}"}`,
        values: promtoolValues(known[severity], clock.steps),
      })),
    ];
  });
  const steps = Array.from({ length: clock.steps - 1 }, (_, index) => index + 1);
  const failures = series.flatMap(({ ends }) => ends.filter(({ failed, onset }) => failed && onset));
  const started = performance.now();
  const answers = await askPromtool(RULES, input, [
    { expr: BEGINS, steps },
    { expr: OUTAGE_BEGINS, steps },
    { expr: FIRING, steps: [...new Set(failures.map(({ step }) => Math.max(0, step - 1)))] },
  ]);
  const promtoolSeconds = (performance.now() - started) / 1000;
  const told = (expr: string) =>
    answers
      .filter((answer) => answer.expr === expr)
      .map(({ step, labels }) => ({ dag: dagKey(labels['deployment'] ?? '', labels['dag_id'] ?? ''), step }));
  const firing = new Set(told(FIRING).map(({ dag, step }) => JSON.stringify([dag, step])));
  const figures = warningFigures(
    series,
    told(BEGINS),
    (dag, step) => firing.has(JSON.stringify([dag, step - 1])),
    (test.until - from) / DAY,
  );
  return {
    ...{ history, dags: series.length, setting, figures, promtoolSeconds },
    thresholds: [Math.min(...all), Math.max(...all)],
    medianLeadSeconds: hasTimes && figures.medianLeadSteps !== null ? figures.medianLeadSteps * 60 : null,
    outages: told(OUTAGE_BEGINS).length,
  };
}
