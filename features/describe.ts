/** What a group of features says of a subject, in words with the numbers behind them. */
import { describeDagRunGroup } from './describe-dag-run.js';
import type { ReadFeature } from './describe-shared.js';
import { describeTryGroup } from './describe-try.js';
import type { FeatureDefinition } from './types.js';

const columns = new WeakMap<readonly FeatureDefinition[], ReadonlyMap<string, number>>();

function columnsOf(definitions: readonly FeatureDefinition[]): ReadonlyMap<string, number> {
  let known = columns.get(definitions);
  if (known === undefined) {
    known = new Map(definitions.map((definition, column) => [definition.name, column]));
    columns.set(definitions, known);
  }
  return known;
}

/**
 * One short sentence part ("failed 3 of the last 4 tries, usually 1 in 60"), or null when the group has nothing to say.
 *
 * @param definitions the columns of the vector: `tryFeatures` or `dagRunFeatures` of the engine.
 */
export function describeGroup(
  group: string,
  definitions: readonly FeatureDefinition[],
  vector: ArrayLike<number>,
): string | null {
  const byName = columnsOf(definitions);
  const read: ReadFeature = (name) => {
    const column = byName.get(name);
    return column === undefined ? NaN : (vector[column] ?? NaN);
  };
  const isDagRun = byName.has('dag_run__historical_rate__30d');
  return isDagRun ? describeDagRunGroup(group, read) : describeTryGroup(group, read);
}
