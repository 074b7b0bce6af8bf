/** Takes in what surrounds tries and runs: descriptions, reasons of failures, new code, the platform. */
import type { DagFact, FailureReasonFact, PoolFact, TaskFact } from '../core/facts.js';
import type { DagVersionFact, PlatformFact } from '../core/surroundings.js';
import { describeDag, describeDependency, describePool, describeTask } from './descriptions.js';
import { DeployMoment, FailureReasonMoment, MeasuredMoment } from './group.js';
import type { Hooks } from './hooks.js';
import type { KeySpace } from './keys.js';
import type { FactEvent } from './types.js';

/** Facts that are neither of a try nor of a DAG run. */
export type SurroundingsEvent = Exclude<FactEvent, { readonly kind: 'try' | 'dag_run' }>;

/** Keeps the latest descriptions, and shows groups what their hooks ask for. */
export class SurroundingsObserver {
  private readonly reasonMoment = new FailureReasonMoment();
  private readonly deployMoment = new DeployMoment();
  private readonly measuredMoment = new MeasuredMoment();

  constructor(
    private readonly keys: KeySpace,
    private readonly hooks: Pick<Hooks, 'failureExplained' | 'dagDeployed' | 'platformMeasured'>,
  ) {}

  observe(event: SurroundingsEvent): void {
    switch (event.kind) {
      case 'dag':
        this.observeDag(event.fact, event.at);
        break;
      case 'task':
        this.observeTask(event.fact, event.at);
        break;
      case 'pool':
        this.observePool(event.fact, event.at);
        break;
      case 'failure_reason':
        this.observeFailureReason(event.fact, event.at);
        break;
      case 'dag_version':
        this.observeDagVersion(event.fact, event.at);
        break;
      case 'dag_dependency':
        describeDependency(this.keys, this.keys.deployment(event.fact.deployment), event.fact);
        break;
      case 'platform':
        this.observePlatform(event.fact, event.at);
        break;
      case 'deadline':
        // No feature reads it; others do, and the DAG has been heard of.
        this.keys.dag(this.keys.deployment(event.fact.deployment), event.fact.dagId);
        break;
    }
  }

  private observeDag(fact: DagFact, at: number): void {
    describeDag(this.keys.dag(this.keys.deployment(fact.deployment), fact.dagId), fact, at);
  }

  private observeTask(fact: TaskFact, at: number): void {
    const dag = this.keys.dag(this.keys.deployment(fact.deployment), fact.dagId);
    describeTask(this.keys, this.keys.task(dag, fact.taskId), fact, at);
  }

  private observeFailureReason(fact: FailureReasonFact, at: number): void {
    if (fact.isTouched === true) return;
    const { keys, reasonMoment: moment } = this;
    const deployment = keys.deployment(fact.deployment);
    moment.at = at;
    moment.fact = fact;
    moment.deployment = deployment;
    moment.task = keys.task(keys.dag(deployment, fact.dagId), fact.taskId);
    moment.pool = keys.pool(deployment, fact.pool);
    moment.age = Math.max(0, at - fact.eventTime);
    for (const failureExplained of this.hooks.failureExplained) failureExplained(moment);
  }

  private observePool(fact: PoolFact, at: number): void {
    describePool(this.keys.pool(this.keys.deployment(fact.deployment), fact.pool), fact, at);
  }

  /** Versions may be told in any order, and the same one again: only a later one is new code. */
  private observeDagVersion(fact: DagVersionFact, at: number): void {
    const dag = this.keys.dag(this.keys.deployment(fact.deployment), fact.dagId);
    const isFirst = Number.isNaN(dag.versionNumber);
    if (!isFirst && fact.versionNumber <= dag.versionNumber) return;
    dag.versionNumber = fact.versionNumber;
    if (isFirst) return;
    dag.deployedAt = at;
    const { deployMoment: moment } = this;
    moment.at = at;
    moment.dag = dag;
    for (const dagDeployed of this.hooks.dagDeployed) dagDeployed(moment);
  }

  private observePlatform(fact: PlatformFact, at: number): void {
    const { measuredMoment: moment } = this;
    moment.at = at;
    moment.deployment = this.keys.deployment(fact.deployment);
    moment.value = fact.value;
    for (const platformMeasured of this.hooks.platformMeasured) platformMeasured(moment);
  }
}
