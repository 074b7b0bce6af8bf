import type { ActionMode, ActionsConfig } from '../../core/config/actions.js';
import { selects, type DagTraits } from '../../core/dag-selector.js';
import type { FailureClass } from '../../core/facts.js';

/** What holds for the retries of one DAG. */
export interface RetrySettings {
  readonly mode: ActionMode;
  readonly classes: readonly FailureClass[];
  readonly delaySeconds: number;
  /** Riskier DAGs are left to their owners. */
  readonly mostRisk: number;
}

/** Each setting on its own: that of the first override that matches the DAG and sets it, else the general one. */
export function retrySettingsOf(
  { retry, overrides }: Pick<ActionsConfig, 'retry' | 'overrides'>,
  dag: DagTraits,
): RetrySettings {
  const matching = overrides.filter((entry) => selects(entry, dag));
  const first = <K extends 'mode' | 'classes' | 'delay_minutes' | 'most_risk'>(key: K): (typeof retry)[K] =>
    (matching.find((entry) => entry[key] !== null)?.[key] ?? retry[key]) as (typeof retry)[K];
  return {
    ...{ mode: first('mode'), classes: first('classes') },
    ...{ delaySeconds: first('delay_minutes') * 60, mostRisk: first('most_risk') },
  };
}
