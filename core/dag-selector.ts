/** Which DAGs an entry of the configuration is about. */
import { matchesPattern } from './dag-pattern.js';

/** What the configuration can tell DAGs apart by. */
export interface DagTraits {
  readonly deployment: string;
  readonly dagId: string;
  readonly tags: readonly string[];
  readonly owners: readonly string[];
}

/** What is null matches every DAG. */
export interface DagSelector {
  readonly deployment: string | null;
  readonly tag: string | null;
  readonly owner: string | null;
  /** `*` stands for any text. */
  readonly dag_id: string | null;
}

/** Whether everything that the entry names holds for the DAG. */
export function selects(selector: DagSelector, dag: DagTraits): boolean {
  const { deployment, tag, owner, dag_id: pattern } = selector;
  return (
    (deployment === null || deployment === dag.deployment) &&
    (tag === null || dag.tags.includes(tag)) &&
    (owner === null || dag.owners.includes(owner)) &&
    (pattern === null || matchesPattern(pattern, dag.dagId))
  );
}
