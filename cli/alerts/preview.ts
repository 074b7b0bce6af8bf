/** What the configured costs would have sent on the history that is there. */
import {
  costsOf,
  feedbackFactor,
  feedbackOf,
  readFeedback,
  SEVERITIES,
  shadowPrice,
  thresholdsOf,
  withFeedback,
  type Costs,
  type DagTraits,
  type Severity,
} from '../../alerts/index.js';
import type { AlertsConfig } from '../../core/config/alerts.js';
import type { Database } from '../../core/database/port.js';
import { readDagTraits } from '../../core/fact-log/read-dag-traits.js';
import type { UnixSeconds } from '../../core/facts.js';
import {
  previewWarnings,
  replayedRiskHistory,
  storedRiskHistory,
  warnableRuns,
  type ReplayedRiskOptions,
  type RiskHistory,
  type TestedRun,
  type WarningPreview,
} from '../../model/index.js';

const DAY = 86_400;
/** The budget is weighed on the week before, as it is live. */
const WEIGHED_SECONDS = 7 * DAY;
const TRAIN_FRACTION = 0.7;

export interface AlertsPreview extends WarningPreview {
  /** `served`: as they were shown live; `replayed`: by a model trained on what came before. */
  readonly risks: 'served' | 'replayed';
  readonly thresholds: Readonly<Record<Severity, { readonly lowest: number; readonly highest: number }>>;
  /** Deployments whose thresholds the budget raised. */
  readonly raised: readonly string[];
  /** DAGs with warnings that people called not useful, and how many times as much a warning of them costs. */
  readonly feedback: readonly {
    readonly deployment: string;
    readonly dag_id: string;
    readonly cost_factor: number;
  }[];
}

/** What tells the DAG of a run. */
type OfDag = Pick<TestedRun, 'deployment' | 'dagId'>;

export interface PreviewOptions extends Omit<ReplayedRiskOptions, 'trainFraction'> {
  readonly config: AlertsConfig;
  readonly days: number;
  readonly now: UnixSeconds;
}

/** Reads or works out the risks, and replays the warnings. @throws AppError `too_little_history`. */
export async function previewAlerts(options: PreviewOptions): Promise<AlertsPreview> {
  const { database, config, days, now } = options;
  const stored = await storedRiskHistory(database, now - days * DAY);
  const history = stored ?? (await replayedRiskHistory({ ...options, trainFraction: TRAIN_FRACTION }));
  const traits = await traitsOf(database);
  const said = await readFeedback(database);
  const costs = (run: OfDag): Costs => withFeedback(costsOf(config, traits(run)), feedbackOf(said, run));
  return {
    risks: stored === null ? 'replayed' : 'served',
    ...weighAndReplay(history, days, config.warnings_per_day, costs),
    feedback: said.map(({ deployment, dagId, ...feedback }) => ({
      ...{ deployment, dag_id: dagId, cost_factor: feedbackFactor(feedback) },
    })),
  };
}

/** Pure: thresholds from the costs and the week before, then the replay. */
export function weighAndReplay(
  history: RiskHistory,
  days: number,
  warningsPerDay: number,
  costs: (run: OfDag) => Costs,
): Omit<AlertsPreview, 'risks' | 'feedback'> {
  const start = Math.max(history.from, history.until - days * DAY);
  const prices = budgetPrices(history, start, warningsPerDay, costs);
  const of = (run: TestedRun) => thresholdsOf(costs(run), prices.get(run.deployment) ?? 0);
  const all = history.runs.map(of);
  const span = (severity: Severity) => ({
    lowest: all.reduce((least, each) => Math.min(least, each[severity]), 1),
    highest: all.reduce((most, each) => Math.max(most, each[severity]), 0),
  });
  return {
    ...previewWarnings(history, start, (run) => of(run).warning),
    thresholds: Object.fromEntries(SEVERITIES.map((severity) => [severity, span(severity)])) as Record<
      Severity,
      { lowest: number; highest: number }
    >,
    raised: [...prices].filter(([, price]) => price > 0).map(([deployment]) => deployment),
  };
}

/** What each warning is charged in each deployment, by the week before `start`. */
export function budgetPrices(
  history: Pick<RiskHistory, 'runs' | 'moments'>,
  start: UnixSeconds,
  warningsPerDay: number,
  costs: (run: OfDag) => Costs,
): ReadonlyMap<string, number> {
  const known = history.moments.reduce((first, { at }) => Math.min(first, at), start);
  const from = Math.max(start - WEIGHED_SECONDS, known);
  const before = warnableRuns(history, from, start);
  const deployments = new Set(before.map(({ run }) => run.deployment));
  return new Map(
    [...deployments].map((deployment) => {
      const recent = before
        .filter(({ run }) => run.deployment === deployment)
        .map(({ run, risk }) => ({ risk, costs: costs(run) }));
      return [deployment, shadowPrice(recent, (start - from) / DAY, warningsPerDay)];
    }),
  );
}

async function traitsOf(database: Pick<Database, 'query'>): Promise<(run: OfDag) => DagTraits> {
  const known = new Map<string, DagTraits>();
  for (const dag of await readDagTraits(database))
    known.set(JSON.stringify([dag.deployment, dag.dagId]), dag);
  return ({ deployment, dagId }) =>
    known.get(JSON.stringify([deployment, dagId])) ?? { deployment, dagId, tags: [], owners: [] };
}
