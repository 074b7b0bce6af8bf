/** A simulated history, whose failures tell their causes in `post_cause`, which is taken away from what ORC sees. */
import type { FailureClass, TaskObservation, TryObservation } from '../../core/facts.js';
import { WAITING } from '../../features/describe-record.js';
import { causesInAction, type Cause } from '../../datasets/simulator/index.js';
import { planDag } from '../../datasets/simulator/plan.js';
import { simulate } from '../../datasets/simulator/simulate.js';
import type { CausedHistory } from './facts.js';
import { noLogTells, othersFail, poolIsStrained, type NamedCause } from './named-causes.js';

/** Others were looked at while aspects and words were chosen: docs/explanations.md tells which. */
export const SIMULATED_SEEDS = [11, 12, 31, 41] as const;
const DAGS = 30;
const DAYS = 90;
const START = 1_736_121_600;

/** What the log of a try that failed for a cause would be classified as; a try that never started leaves no log. */
const CLASS_BY_LOG: Readonly<Record<Cause, FailureClass | null>> = {
  shared_outage: 'transient_infrastructure',
  bad_deploy: 'code',
  timeout_drift: 'timeout',
  pool_starvation: null,
  weekday_load: 'resource',
  flaky: 'unknown',
};

export const SIMULATED_CAUSES: readonly NamedCause[] = [
  {
    cause: 'shared_outage',
    aspects: ['others'],
    evidence: othersFail,
    classes: ['transient_infrastructure'],
    rules: ['shared_outage', 'infrastructure'],
  },
  {
    cause: 'bad_deploy',
    aspects: ['change'],
    classes: ['code'],
    rules: ['code', 'code_after_change', 'changed'],
  },
  { cause: 'timeout_drift', aspects: ['duration'], classes: ['timeout'], rules: ['timeout', 'timeout_near'] },
  {
    cause: 'pool_starvation',
    aspects: ['capacity'],
    evidence: poolIsStrained,
    classes: [],
    words: WAITING,
    rules: ['pool_full', 'pool_wait', 'pool_suffers'],
  },
  { cause: 'weekday_load', aspects: ['calendar'], classes: ['resource'], rules: ['resource'] },
  {
    cause: 'flaky',
    aspects: ['record'],
    evidence: noLogTells,
    classes: [],
    isUsual: true,
    rules: ['infrastructure', 'comes_singly'],
  },
];

function causeOf({ extra }: TryObservation): Cause | null {
  return (extra?.['post_cause'] as Cause | undefined) ?? null;
}

function withoutCause(made: TryObservation): TryObservation {
  const extra = Object.fromEntries(Object.entries(made.extra ?? {}).filter(([key]) => key !== 'post_cause'));
  return { ...made, extra };
}

function tasksOf(seed: number, index: number): TaskObservation[] {
  const dag = planDag(seed, index);
  return dag.tasks.map((task, position) => ({
    deployment: 'default',
    dagId: dag.dagId,
    taskId: task.taskId,
    operator: task.operator,
    pool: task.pool,
    poolSlots: 1,
    queue: dag.queue,
    owner: dag.owner,
    retries: task.retries,
    retryDelaySeconds: task.retryDelaySeconds,
    executionTimeoutSeconds: task.timeoutSeconds,
    triggerRule: 'all_success',
    isMapped: task.mapped > 0,
    downstreamTaskIds: dag.tasks.filter(({ upstream }) => upstream.includes(position)).map((t) => t.taskId),
    isActive: true,
  }));
}

/** The history without its causes, and the cause of each failed try with those that were in action beside it. */
export function simulatedCauses(seed: number): CausedHistory {
  const inAction = causesInAction(seed, DAGS);
  const causes = new Map<string, { readonly cause: Cause; readonly beside: readonly Cause[] }>();
  const classes = new Map<TryObservation, FailureClass | null>();
  const tries: TryObservation[] = [];
  for (const made of simulate({ seed, dags: DAGS, days: DAYS, start: START })) {
    const seen = withoutCause(made);
    const cause = causeOf(made);
    tries.push(seen);
    if (cause === null) continue;
    causes.set(tryKey(made), { cause, beside: inAction(made).filter((other) => other !== cause) });
    classes.set(seen, CLASS_BY_LOG[cause]);
  }
  const history = {
    from: START,
    tasks: Array.from({ length: DAGS }, (_, index) => tasksOf(seed, index)).flat(),
    pools: [],
    dagRuns: [],
    tries,
    reasonOf(made: TryObservation) {
      const failureClass = classes.get(made) ?? null;
      return failureClass === null ? null : { failureClass, templateId: `log of ${failureClass}` };
    },
  };
  return { history, causeOf: (key) => causes.get(key) ?? null };
}

/** Which try a row or observation is of. */
export function tryKey(of: {
  readonly dagId: string;
  readonly runId: string;
  readonly taskId: string;
  readonly mapIndex: number;
  readonly tryNumber: number;
}): string {
  return [of.dagId, of.runId, of.taskId, of.mapIndex, of.tryNumber].join('\0');
}
