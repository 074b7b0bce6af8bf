/** What one would say without a model: the quantiles of the DAG's last run durations, and its share of late runs. */
import type { UnixSeconds } from '../../core/facts.js';
import { dagKey } from '../../features/row-keys.js';
import type { Deadline } from './deadlines.js';
import type { Decision, EndQuantiles } from './decision.js';

/** Last runs of a DAG that count, as for the forecasts. */
const RUNS_KEPT = 32;
/** Prior weight of the share of all DAGs, in runs. */
const RATE_WEIGHT = 2;

export interface NaiveForecast {
  readonly quantiles: EndQuantiles;
  readonly lateRate: number;
}

interface DagHistory {
  readonly totals: number[];
  runs: number;
  late: number;
}

/** How late it is by the definition of the label: 1, 0, or null for a run that failed before its deadline, or has none. */
export function lateLabel(deadline: Deadline | null, endedAt: UnixSeconds, failed: boolean): 0 | 1 | null {
  if (deadline === null) return null;
  if (endedAt > deadline.at) return 1;
  return failed ? null : 0;
}

export class NaiveTimes {
  private readonly dags = new Map<string, DagHistory>();
  private readonly all = { runs: 0, late: 0 };
  private readonly forecasts = new WeakMap<Decision, NaiveForecast>();

  decided(decision: Decision): void {
    const { key } = decision;
    const known = this.historyOf(decision);
    if (known.totals.length === 0) return;
    const elapsed = key.stage === 'planned' ? 0 : key.decidedAt - key.dueAt;
    // Of a run that goes on, the durations that are still possible.
    const possible = known.totals.filter((total) => total > elapsed).sort((a, b) => a - b);
    const quantile = (level: number): UnixSeconds =>
      possible.length === 0
        ? key.decidedAt
        : key.dueAt + possible[Math.min(possible.length - 1, Math.floor(level * possible.length))]!;
    const overall = (this.all.late + 0.5) / (this.all.runs + 10);
    this.forecasts.set(decision, {
      quantiles: [quantile(0.1), quantile(0.5), quantile(0.9)],
      lateRate: (known.late + RATE_WEIGHT * overall) / (known.runs + RATE_WEIGHT),
    });
  }

  /** Undefined for the first run of a DAG. */
  of(decision: Decision): NaiveForecast | undefined {
    return this.forecasts.get(decision);
  }

  ended(decisions: readonly Decision[], endedAt: UnixSeconds, failed: boolean): void {
    const decision = decisions[0];
    if (decision === undefined) return;
    const known = this.historyOf(decision);
    known.totals.push(endedAt - decision.key.dueAt);
    if (known.totals.length > RUNS_KEPT) known.totals.shift();
    const label = lateLabel(decision.key.deadline, endedAt, failed);
    if (label === null) return;
    for (const count of [known, this.all]) {
      count.runs++;
      count.late += label;
    }
  }

  forgetDag(deployment: string, dagId: string): void {
    this.dags.delete(dagKey({ deployment, dagId }));
  }

  private historyOf({ key }: Decision): DagHistory {
    const id = dagKey(key);
    let known = this.dags.get(id);
    if (known === undefined) this.dags.set(id, (known = { totals: [], runs: 0, late: 0 }));
    return known;
  }
}
