/** Advice for single tasks, which Airflow's cluster policy applies (deploy/airflow-plugin): pure. */
import type { AdviceConfig } from '../../core/config/advice.js';
import type { UnixSeconds } from '../../core/facts.js';

/** A task as it is set up, and its failures in the window. */
export interface TaskFailures {
  readonly deployment: string;
  readonly dagId: string;
  readonly taskId: string;
  readonly retries: number;
  readonly queue: string | null;
  readonly failures: number;
  /** Those by faults of infrastructure, and those for want of memory or disk. */
  readonly transient: number;
  readonly resource: number;
}

/** What the task should have instead of what its DAG says. */
export interface TaskAdvice {
  readonly retries?: number;
  readonly queue?: string;
  /** In words, for people who read the file. */
  readonly why: string;
}

/** The whole file; `version` says how to read it. */
export interface AdviceFile {
  readonly version: 1;
  readonly generated_at: string;
  /** The policy does nothing from then on: advice that nobody keeps current is none. */
  readonly valid_until: string;
  /** By deployment, DAG and task. */
  readonly deployments: Readonly<
    Record<string, Readonly<Record<string, Readonly<Record<string, TaskAdvice>>>>>
  >;
}

/** How long a file counts after it was written. */
export const VALID_SECONDS = 3600;

/** Advice for one task; null when there is none. A failure for want of memory is not helped by another try of the same. */
export function adviceFor(task: TaskFailures, config: AdviceConfig): TaskAdvice | null {
  const { failures, transient, resource, retries, queue } = task;
  if (failures < config.least_failures) return null;
  const isMost = (count: number): boolean => count >= config.least_share * failures;
  const of = (count: number): string => `${count} of ${failures} failures in ${config.window_days} days`;
  if (isMost(transient) && retries < config.retries)
    return { retries: config.retries, why: `${of(transient)} were faults of infrastructure` };
  if (isMost(resource) && config.resource_queue !== null && queue !== config.resource_queue)
    return { queue: config.resource_queue, why: `${of(resource)} were for want of memory or disk` };
  return null;
}

/** The file of all tasks that there is advice for. */
export function adviceFile(
  tasks: Iterable<TaskFailures>,
  config: AdviceConfig,
  now: UnixSeconds,
): AdviceFile {
  const deployments: Record<string, Record<string, Record<string, TaskAdvice>>> = nameless();
  for (const task of tasks) {
    const advice = adviceFor(task, config);
    if (advice === null) continue;
    const dags = (deployments[task.deployment] ??= nameless());
    (dags[task.dagId] ??= nameless())[task.taskId] = advice;
  }
  const iso = (time: UnixSeconds): string => new Date(time * 1000).toISOString();
  return { version: 1, generated_at: iso(now), valid_until: iso(now + VALID_SECONDS), deployments };
}

/** An object without a prototype: a task may be called `constructor`. */
function nameless<T>(): Record<string, T> {
  return Object.create(null) as Record<string, T>;
}
