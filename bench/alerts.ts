/**
 * How good the warnings are: risks of the tested part of a history go as series through the real rule file, evaluated by promtool, and
 * what fires goes through the real incidents and their outbox.
 * `npm run bench -- alerts --history FILE` for another history of day resolution than that of digital_land.
 */
import { rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { INHIBIT_RULES } from '../alerts/alertmanager/inhibition.js';
import { thresholdsOf, costsOf, SEVERITIES, type DagTraits } from '../alerts/index.js';
import { budgetPrices } from '../cli/alerts/preview.js';
import { alertsSchema, type AlertsConfig } from '../core/config/alerts.js';
import { openDatabase } from '../core/database/open.js';
import type { Database } from '../core/database/port.js';
import type { AnyFact } from '../core/fact-log/read.js';
import { silentLogger } from '../core/logger.js';
import type { DagRunTest } from '../model/backtest/dag-run-test.js';
import { deliveriesOf, isInhibited, type AlertLabels } from './alerts/deliveries.js';
import { dagKey, warningFigures, type WarningFigures } from './alerts/figures.js';
import { groupBy } from './alerts/group-by.js';
import { askPromtool, type InputSeries } from './alerts/promtool.js';
import { testedRisks } from './alerts/risk-history.js';
import { dagSeries, promtoolValues, type Change, type DagSeries, type StepClock } from './alerts/series.js';
import { tellIncidents, type TellOptions } from './alerts/tell.js';
import { readHistory, recordedHistory, simulatedHistory } from './histories.js';
import { makePrivateFolder } from './private-folder.js';
import { publicHistory } from './public-histories.js';

const RULES = 'alerts/rules/orc-risk.yaml';
const DAY = 86_400;
const STEP_SECONDS = 300;
/** Of a day, where the history knows days only. */
const DAY_STEPS = 4;
/** Alertmanager's `repeat_interval`. */
const REPEAT_SECONDS = 4 * 3600;
/** Of a DAG, as many as incidents look at. */
const RUN_ENDS = 50;
/** On this one choices are made; the others only tell how they turn out. */
const SIMULATED = { seed: 11, dags: 30, days: 30, platform: true };

/** A miss costs 100 and a warning averts half of it. */
const SETTINGS: Readonly<Record<string, object>> = Object.fromEntries(
  [
    [10, 2],
    [5, 5],
    [10, 5],
    [25, 5],
    [10, 10],
    [5, 20],
    [10, 20],
    [25, 20],
    [10, 50],
  ].map(([warning, budget]) => [
    `a warning costs ${warning}, ${budget} a day`,
    { costs: { warning }, warnings_per_day: budget },
  ]),
);

export interface AlertMeasurement {
  readonly history: string;
  readonly dags: number;
  readonly setting: string;
  /** Lowest and highest threshold of severity `warning` over the replay. */
  readonly thresholds: readonly [number, number];
  readonly figures: WarningFigures;
  /** In the time of the history; null where it knows days only. */
  readonly medianLeadSeconds: number | null;
  /** Messages of outages that many DAGs shared. */
  readonly outages: number;
  /** Messages of failures that no warning came before. */
  readonly failuresTold: number;
  readonly promtoolSeconds: number;
}

export async function benchAlerts(flags: ReadonlyMap<string, string>): Promise<AlertMeasurement[]> {
  const path = flags.get('history') ?? publicHistory('digital_land')?.path;
  const folder = await makePrivateFolder('alerts');
  try {
    const dataDir = join(folder, 'data');
    const database = await openDatabase({ databaseUrl: null, dataDir, logger: silentLogger() });
    try {
      // Thousands of small transactions, none of which has to survive.
      await database.execute('ALTER SYSTEM SET synchronous_commit = off');
      await database.query('SELECT pg_reload_conf()');
      const byMinutes = { clockOf: minuteClock, stepSeconds: STEP_SECONDS, hasTimes: true };
      const byDays = { clockOf: dayClock, stepSeconds: DAY / DAY_STEPS, hasTimes: false };
      return [
        ...(await measure(database, 'simulated', simulatedHistory(SIMULATED), byMinutes)),
        ...(await measure(database, 'recording', recordedHistory(), byMinutes)),
        ...(path !== undefined
          ? await measure(database, basename(path), await readHistory(path), byDays)
          : []),
      ];
    } finally {
      await database.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** How time is told in a history. */
interface Timing {
  readonly clockOf: (from: number, until: number) => StepClock;
  readonly stepSeconds: number;
  /** False where it knows days only. */
  readonly hasTimes: boolean;
}

/** An evaluation for five minutes of the history, so that promtool takes a minute. */
function minuteClock(from: number, until: number): StepClock {
  const step = (at: number): number => Math.ceil((at - from) / STEP_SECONDS);
  return { steps: step(until) + 10, ofRisk: step, ofEnd: step };
}

/** A history that knows days only: what ends on a day ends in the middle of it. */
function dayClock(from: number, until: number): StepClock {
  const step = (at: number): number => Math.floor(((at - from) / DAY) * DAY_STEPS);
  return { steps: step(until) + DAY_STEPS, ofRisk: step, ofEnd: (at) => step(at) + DAY_STEPS / 2 };
}

async function measure(
  database: Database,
  history: string,
  facts: AnyFact[],
  timing: Timing,
): Promise<AlertMeasurement[]> {
  const { test, from } = await testedRisks(facts);
  const clock = timing.clockOf(from, test.until);
  const series = dagSeries(test.runs, test.moments, from, clock);
  const measurements: AlertMeasurement[] = [];
  for (const [setting, alerts] of Object.entries(SETTINGS)) {
    process.stderr.write(`  ${history}: ${setting}\n`);
    const replayed = { database, history, setting, config: alertsSchema.parse(alerts), test, from, clock };
    measurements.push(await replay({ ...replayed, series, timing }));
  }
  return measurements;
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
    const price =
      budgetPrices(history, day, config.warnings_per_day, (run) => costsOf(config, traits(run))).get(
        dag.deployment,
      ) ?? 0;
    const thresholds = thresholdsOf(costsOf(config, dag), price);
    for (const severity of SEVERITIES)
      changes[severity].push({ step: clock.ofRisk(day), value: thresholds[severity] });
  }
  return changes;
}

/** Everything that fires, without the name, which promtool would print before the labels. */
const FIRING = 'max by (alertname, severity, kind, deployment, dag_id) (ALERTS{alertstate="firing"})';

interface Replayed {
  readonly database: Database;
  readonly history: string;
  readonly setting: string;
  readonly config: AlertsConfig;
  readonly test: DagRunTest;
  readonly from: number;
  readonly clock: StepClock;
  readonly series: readonly DagSeries[];
  readonly timing: Timing;
}

async function replay(replayed: Replayed): Promise<AlertMeasurement> {
  const { database, history, setting, config, test, from, clock, series } = replayed;
  const { stepSeconds, hasTimes } = replayed.timing;
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
  const started = performance.now();
  const steps = Array.from({ length: clock.steps - 1 }, (_, index) => index + 1);
  const answers = await askPromtool(RULES, input, [{ expr: FIRING, steps }]);
  const promtoolSeconds = (performance.now() - started) / 1000;
  const firing = [...groupBy(answers, ({ step }) => step)].map(([step, told]) => ({
    step,
    alerts: told.map(({ labels }) => labels),
  }));
  const timeOf = (step: number): number => from + step * stepSeconds;
  const repeatSteps = Math.ceil(REPEAT_SECONDS / stepSeconds);
  const iso = (step: number): string => new Date(timeOf(step) * 1000).toISOString();
  const told = await tellIncidents({
    database,
    deliveries: deliveriesOf(firing, clock.steps, INHIBIT_RULES, repeatSteps, iso),
    endSteps: new Set(series.flatMap(({ ends }) => ends.map(({ step }) => step))),
    timeOf,
    endsBy: endsOf(test, clock, from, stepSeconds),
  });
  const atRisk = new Map(
    firing.flatMap(({ step, alerts }) =>
      alerts
        .filter(({ alertname }) => alertname === 'OrcDagFailureRisk')
        .flatMap((alert) => {
          const how = howTold(alert, alerts);
          const dag = dagKey(alert['deployment'] ?? '', alert['dag_id'] ?? '');
          return how === null ? [] : [[JSON.stringify([dag, step]), how] as const];
        }),
    ),
  );
  const warnings = told
    .filter(({ kind, isWarning }) => kind === 'failure' && isWarning)
    .map(({ deployment, dagId, openedAt }) => ({
      dag: dagKey(deployment, dagId),
      step: Math.round((openedAt - from) / stepSeconds),
    }));
  const figures = warningFigures(
    series,
    warnings,
    (dag, step) => atRisk.get(JSON.stringify([dag, step - 1])) ?? null,
    (test.until - from) / DAY,
  );
  return {
    ...{ history, dags: series.length, setting, figures, promtoolSeconds },
    thresholds: [Math.min(...all), Math.max(...all)],
    medianLeadSeconds:
      hasTimes && figures.medianLeadSteps !== null ? figures.medianLeadSteps * stepSeconds : null,
    outages: told.filter(({ kind }) => kind === 'outage').length,
    failuresTold: told.filter(({ kind, isWarning }) => kind === 'failure' && !isWarning).length,
  };
}

/** A warning by its own message, or by that of an outage; null when a failure or the same alert as critical holds it back. */
function howTold(alert: AlertLabels, alerts: readonly AlertLabels[]): 'told' | 'in_outage' | null {
  if (!isInhibited(alert, alerts, INHIBIT_RULES)) return 'told';
  const others = alerts.filter(({ alertname }) => alertname !== 'OrcSharedOutage');
  return isInhibited(alert, others, INHIBIT_RULES) ? null : 'in_outage';
}

/** Runs that have ended, as incidents are told of them: at the evaluation that sees the end. */
function endsOf(
  { runs }: DagRunTest,
  clock: StepClock,
  from: number,
  stepSeconds: number,
): TellOptions['endsBy'] {
  const byDag = groupBy(
    runs.filter(({ endedAt }) => endedAt >= from),
    ({ deployment, dagId }) => dagKey(deployment, dagId),
  );
  return (deployment, dagId, by) =>
    (byDag.get(dagKey(deployment, dagId)) ?? [])
      .map(({ runId, failed, endedAt }) => ({
        runId,
        failed,
        endedAt: from + clock.ofEnd(endedAt) * stepSeconds,
      }))
      .filter(({ endedAt }) => endedAt <= by)
      .sort((a, b) => b.endedAt - a.endedAt)
      .slice(0, RUN_ENDS);
}
