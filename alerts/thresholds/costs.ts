/** What failures, warnings and actions of one DAG cost. */
import { COST_KEYS, type AlertsConfig, type CostKey } from '../../core/config/alerts.js';
import { matchesPattern } from '../../core/dag-pattern.js';

/** What the configuration can tell DAGs apart by. */
export interface DagTraits {
  readonly deployment: string;
  readonly dagId: string;
  readonly tags: readonly string[];
  readonly owners: readonly string[];
}

/** In one unit, whichever the user chose. */
export interface Costs {
  readonly missedFailure: number;
  readonly warning: number;
  readonly action: number;
  /** Share of the cost of a failure that a warning in time averts. */
  readonly avertableShare: number;
}

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

/** Each cost on its own: that of the first entry that matches the DAG and sets it, else the general one. */
export function costsOf(
  { costs, overrides }: Pick<AlertsConfig, 'costs' | 'overrides'>,
  dag: DagTraits,
): Costs {
  const matching = overrides.filter((entry) => selects(entry, dag));
  const cost = (key: CostKey): number => matching.find((entry) => entry[key] !== null)?.[key] ?? costs[key];
  const [missedFailure, warning, action, avertableShare] = COST_KEYS.map(cost) as [
    number,
    number,
    number,
    number,
  ];
  return { missedFailure, warning, action, avertableShare };
}
