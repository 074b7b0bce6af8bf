/** What failures, warnings and actions of one DAG cost. */
import { COST_KEYS, type AlertsConfig, type CostKey } from '../../core/config/alerts.js';
import { selects, type DagTraits } from '../../core/dag-selector.js';

/** In one unit, whichever the user chose. */
export interface Costs {
  readonly missedFailure: number;
  readonly warning: number;
  readonly action: number;
  /** Share of the cost of a failure that a warning in time averts. */
  readonly avertableShare: number;
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
