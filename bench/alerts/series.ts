/** What `/metrics` would have shown of each DAG, step by step, from the risks and ends of its runs. Pure. */
import type { RiskMoment, TestedRun } from '../../model/index.js';

/** Maps times of the history to evaluations, from 0. */
export interface StepClock {
  readonly steps: number;
  /** When a risk is first seen. */
  readonly ofRisk: (at: number) => number;
  /** When an end is first seen. */
  readonly ofEnd: (at: number) => number;
}

/** From this step on the gauge has this value; null where it is absent. */
export interface Change {
  readonly step: number;
  readonly value: number | null;
}

export interface DagSeries {
  readonly deployment: string;
  readonly dagId: string;
  readonly risk: readonly Change[];
  readonly lastRunFailed: readonly Change[];
  /** Runs that ended within the steps, in their order. */
  readonly ends: readonly RunEnd[];
}

export interface RunEnd {
  readonly step: number;
  readonly failed: boolean;
  /** Whether the run of the DAG that ended before it succeeded, or none did. */
  readonly onset: boolean;
  /** When the first of its tasks that failed for good is seen to have failed; null where none did. */
  readonly failedStep: number | null;
}

type Event =
  | { readonly step: number; readonly at: number; readonly order: 0; readonly moment: RiskMoment }
  | { readonly step: number; readonly at: number; readonly order: 1; readonly run: number };

/** The series of every DAG, by deployment and DAG id. */
export function dagSeries(
  runs: readonly TestedRun[],
  moments: readonly RiskMoment[],
  from: number,
  clock: StepClock,
): DagSeries[] {
  const dags = new Map<
    string,
    { readonly of: TestedRun; readonly events: Event[]; before: boolean | null }
  >();
  const dagOf = (run: TestedRun) => {
    const key = JSON.stringify([run.deployment, run.dagId]);
    let dag = dags.get(key);
    if (dag === undefined) dags.set(key, (dag = { of: run, events: [], before: null }));
    return dag;
  };
  const inOrder = runs.map((_, index) => index).sort((a, b) => runs[a]!.endedAt - runs[b]!.endedAt);
  for (const index of inOrder) {
    const run = runs[index]!;
    const dag = dagOf(run);
    if (run.endedAt < from) dag.before = run.failed;
    else dag.events.push({ step: clock.ofEnd(run.endedAt), at: run.endedAt, order: 1, run: index });
  }
  for (const moment of moments) {
    if (moment.at < from) continue;
    const step = clock.ofRisk(moment.at);
    dagOf(runs[moment.run]!).events.push({ step, at: moment.at, order: 0, moment });
  }
  return [...dags.values()].map(({ of, events, before }) => walk(runs, of, events, before, clock));
}

function walk(
  runs: readonly TestedRun[],
  { deployment, dagId }: TestedRun,
  events: Event[],
  before: boolean | null,
  clock: StepClock,
): DagSeries {
  events.sort((a, b) => a.step - b.step || a.order - b.order || a.at - b.at);
  const shown = new Map<number, number>();
  const ended = new Set<number>();
  let planned: number | null = null;
  let previous = before;
  const risk: Change[] = [{ step: 0, value: null }];
  const lastRunFailed: Change[] = [{ step: 0, value: before === null ? null : Number(before) }];
  const ends: RunEnd[] = [];
  for (const event of events) {
    if (event.order === 0) {
      const { moment } = event;
      if (ended.has(moment.run)) continue;
      if (moment.stage !== 'planned') {
        shown.set(moment.run, moment.risk);
        planned = null;
      } else if (shown.size === 0) planned = moment.risk;
    } else {
      const { failed, failedAt } = runs[event.run]!;
      shown.delete(event.run);
      ended.add(event.run);
      const failedStep = failedAt === null ? null : clock.ofEnd(failedAt);
      ends.push({ step: event.step, failed, onset: previous !== true, failedStep });
      previous = failed;
      lastRunFailed.push({ step: event.step, value: Number(failed) });
    }
    risk.push({ step: event.step, value: shown.size === 0 ? planned : Math.max(...shown.values()) });
  }
  return { deployment, dagId, risk, lastRunFailed, ends };
}

/** Values in promtool's notation: `0.3x4` stands for five, a series that ends is marked as stale. */
export function promtoolValues(changes: readonly Change[], steps: number): string {
  const parts: string[] = [];
  let isPresent = false;
  changes.forEach(({ step, value }, index) => {
    const length = Math.min(changes[index + 1]?.step ?? steps, steps) - step;
    if (length <= 0) return;
    if (value !== null) parts.push(`${value.toFixed(6)}x${length - 1}`);
    else {
      if (isPresent) parts.push('stale');
      if (length > Number(isPresent)) parts.push(`_x${length - Number(isPresent)}`);
    }
    isPresent = value !== null;
  });
  return parts.join(' ');
}
