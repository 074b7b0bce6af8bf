/** Who is who: every id is turned once into an object with a small integer. */
import { Category } from './category.js';
import { DagKey, DeploymentKey, PoolKey, TaskKey } from './entities.js';
import { Ids } from './ids.js';
import { RecencyList } from './recency-list.js';

/**
 * At most this many DAGs are remembered. Beyond, those that no fact has told of for longest are forgotten, with all that is known of
 * them; one that comes back is a new DAG.
 */
export const MAX_DAGS = 50_000;
/** A key with more values than this (pod names, identifiers) is no category: none of its values is followed from then on. */
export const MAX_CATEGORY_VALUES = 2000;
/** At most this many `extra` keys of a deployment are looked at. */
export const MAX_CATEGORIES = 32;
/** At most this many map indexes of a task are told apart; further ones are ignored. */
export const MAX_MAP_INDEXES = 5000;
/** Longer values are free text, not categories. */
const MAX_VALUE_LENGTH = 120;
/** Times are as good as unique. */
const TIME_LIKE = /^\d{4}-\d\d-\d\d[T ]/;

/** All keys of one engine. Id 0 of every kind stands for "not known" and is never written to. */
export class KeySpace {
  readonly deployments = new Map<string, DeploymentKey>();
  readonly noDeployment = new DeploymentKey(0, '');
  readonly noDag = new DagKey(0, '', this.noDeployment);
  readonly noTask = new TaskKey(0, '', this.noDag);
  readonly noPool = new PoolKey(0);
  readonly dagIds = new Ids();
  readonly taskIds = new Ids();
  readonly mappedIds = new Ids();
  readonly measureIds = new Ids();
  /** Of tasks that have failed: rows of `TaskKey.troubleRow`, and of `TaskKey.lastingRow`. */
  readonly troubleIds = new Ids();
  readonly lastingIds = new Ids();
  private readonly recency = new RecencyList<DagKey>();
  private deploymentCount = 0;
  private poolCount = 0;
  private valueCount = 0;

  /** Number of entities by kind. */
  sizes(): Record<'deployments' | 'dags' | 'tasks' | 'pools' | 'values', number> {
    return {
      deployments: this.deploymentCount,
      dags: this.dagIds.held,
      tasks: this.taskIds.held,
      pools: this.poolCount,
      values: this.valueCount,
    };
  }

  deployment(deployment: string): DeploymentKey {
    let key = this.deployments.get(deployment);
    if (key === undefined) {
      key = new DeploymentKey(++this.deploymentCount, deployment);
      this.deployments.set(deployment, key);
    }
    return key;
  }

  /** The DAG that a fact tells of. */
  dag(deployment: DeploymentKey, dagId: string): DagKey {
    let key = deployment.dags.get(dagId);
    if (key === undefined) {
      key = new DagKey(this.dagIds.take(), dagId, deployment);
      deployment.dags.set(dagId, key);
    }
    this.recency.touch(key);
    return key;
  }

  /** The DAG that no fact has told of for longest, when more than `most` are held; else null. */
  excessDag(most: number): DagKey | null {
    return this.dagIds.held > most ? this.recency.oldest : null;
  }

  /** Drops a DAG and all that is kept of it and of its tasks. Its runs must be gone by then. */
  forget(dag: DagKey): void {
    for (const task of dag.tasks.values()) this.forgetTask(task);
    for (const from of dag.upstreamDags.keys()) from.downstreamDags?.delete(dag);
    for (const to of dag.downstreamDags ?? []) to.upstreamDags.delete(dag);
    this.giveBackMeasures(dag);
    this.recency.remove(dag);
    dag.deployment.dags.delete(dag.dagId);
    this.dagIds.giveBack(dag.id);
  }

  private forgetTask(task: TaskKey): void {
    if (task.current) task.retire();
    for (const id of task.mapped?.values() ?? []) this.mappedIds.giveBack(id);
    this.giveBackMeasures(task);
    if (task.troubleRow !== 0) this.troubleIds.giveBack(task.troubleRow);
    if (task.lastingRow !== 0) this.lastingIds.giveBack(task.lastingRow);
    this.taskIds.giveBack(task.id);
  }

  private giveBackMeasures({ measures }: Pick<TaskKey | DagKey, 'measures'>): void {
    for (const row of measures ?? []) if (row !== 0) this.measureIds.giveBack(row);
  }

  task(dag: DagKey, taskId: string): TaskKey {
    let key = dag.tasks.get(taskId);
    if (key === undefined) {
      key = new TaskKey(this.taskIds.take(), taskId, dag);
      dag.tasks.set(taskId, key);
    }
    return key;
  }

  pool(deployment: DeploymentKey, pool: string | null): PoolKey {
    if (pool === null) return this.noPool;
    let key = deployment.pools.get(pool);
    if (key === undefined) {
      key = new PoolKey(++this.poolCount);
      deployment.pools.set(pool, key);
    }
    return key;
  }

  /** Id of a value, unique over all categories; 0 for null and for what is not followed. */
  value(category: Category, value: string | null): number {
    if (value === null || category.isClosed) return 0;
    const known = category.values.get(value);
    if (known !== undefined) return known;
    if (!isCategorical(value)) return 0;
    if (category.values.size >= MAX_CATEGORY_VALUES) {
      category.close();
      return 0;
    }
    category.values.set(value, ++this.valueCount);
    return this.valueCount;
  }

  /** The category of an `extra` key; null when the deployment has too many of them. */
  category(deployment: DeploymentKey, name: string): Category | null {
    const known = deployment.categories.get(name);
    if (known !== undefined) return known;
    if (deployment.categories.size >= MAX_CATEGORIES) return null;
    const category = new Category(deployment.categories.size, name.startsWith('post_'));
    deployment.categories.set(name, category);
    return category;
  }

  /** Id of a mapped instance; 0 for an unmapped task or an index that is not told apart. */
  mapped(task: TaskKey, mapIndex: number): number {
    if (mapIndex < 0) return 0;
    task.mapped ??= new Map();
    const known = task.mapped.get(mapIndex);
    if (known !== undefined) return known;
    if (task.mapped.size >= MAX_MAP_INDEXES) return 0;
    const id = this.mappedIds.take();
    task.mapped.set(mapIndex, id);
    return id;
  }

  /** Row of the statistics of an `extra` key of a task (numbers only) or a DAG. */
  measure(owner: Pick<TaskKey | DagKey, 'measures'>, categoryIndex: number): number {
    owner.measures ??= new Array<number>(MAX_CATEGORIES).fill(0);
    let row = owner.measures[categoryIndex]!;
    if (row === 0) {
      row = this.measureIds.take();
      owner.measures[categoryIndex] = row;
    }
    return row;
  }
}

/** Whether a text may be a value of a category, as far as the text itself tells. */
export function isCategorical(value: string): boolean {
  return value.length <= MAX_VALUE_LENGTH && !TIME_LIKE.test(value);
}

/** Id of a value without making one. */
export function knownValue(category: Category, value: string | null): number {
  return value === null ? 0 : (category.values.get(value) ?? 0);
}
