/** Why a DAG's risk is what it is, in words. */
import { describeGroup } from '../../features/describe.js';
import { DAG_RUN_FEATURES } from '../../features/registry.js';
import type { Explanation } from '../../model/types.js';
import type { Reason } from './board.js';

/** Reasons in the order of their strength; groups that have nothing to say of this vector are left out. */
export function describeReasons(explanation: Explanation, vector: Float32Array): Reason[] {
  return explanation.contributions.flatMap(({ group, logOdds }) => {
    const words = describeGroup(group, DAG_RUN_FEATURES, vector);
    if (words === null) return [];
    return [{ group, text: words.charAt(0).toUpperCase() + words.slice(1), logOdds }];
  });
}
