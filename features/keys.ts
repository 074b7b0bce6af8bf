/** Who is who: every id is turned once into an object with a small integer. */
import { Category } from './category.js';
import { DagKey, DeploymentKey, PoolKey, TaskKey } from './entities.js';

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
  private deploymentCount = 0;
  private dagCount = 0;
  private taskCount = 0;
  private poolCount = 0;
  private valueCount = 0;
  private mappedCount = 0;
  private measureCount = 0;

  /** Number of entities by kind. */
  sizes(): Record<'deployments' | 'dags' | 'tasks' | 'pools' | 'values', number> {
    return {
      deployments: this.deploymentCount,
      dags: this.dagCount,
      tasks: this.taskCount,
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

  dag(deployment: DeploymentKey, dagId: string): DagKey {
    let key = deployment.dags.get(dagId);
    if (key === undefined) {
      key = new DagKey(++this.dagCount, dagId, deployment);
      deployment.dags.set(dagId, key);
    }
    return key;
  }

  task(dag: DagKey, taskId: string): TaskKey {
    let key = dag.tasks.get(taskId);
    if (key === undefined) {
      key = new TaskKey(++this.taskCount, taskId, dag);
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
    task.mapped.set(mapIndex, ++this.mappedCount);
    return this.mappedCount;
  }

  /** Row of the statistics of an `extra` key of a task (numbers only) or a DAG. */
  measure(owner: Pick<TaskKey | DagKey, 'measures'>, categoryIndex: number): number {
    owner.measures ??= new Array<number>(MAX_CATEGORIES).fill(0);
    let row = owner.measures[categoryIndex]!;
    if (row === 0) {
      row = ++this.measureCount;
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
