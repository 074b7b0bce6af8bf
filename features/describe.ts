/** What features say of a subject, in words with the numbers behind them. */
import { aspectOfGroup } from './aspects.js';
import { DAG_RUN_GROUPS, describeDagRunGroup } from './describe-dag-run.js';
import { NO_NAMES, type Part, type ReadFeature, type Saying, type SubjectNames } from './describe-shared.js';
import { describeTryGroup, TRY_GROUPS } from './describe-try.js';
import type { FeatureDefinition } from './types.js';

export { NO_NAMES, quoted, type Part, type ReadFeature, type SubjectNames } from './describe-shared.js';

const columns = new WeakMap<readonly FeatureDefinition[], ReadonlyMap<string, number>>();

function columnsOf(definitions: readonly FeatureDefinition[]): ReadonlyMap<string, number> {
  let known = columns.get(definitions);
  if (known === undefined) {
    known = new Map(definitions.map((definition, column) => [definition.name, column]));
    columns.set(definitions, known);
  }
  return known;
}

/** A vector read by the names of its features. */
export function readerOf(definitions: readonly FeatureDefinition[], vector: ArrayLike<number>): ReadFeature {
  const byName = columnsOf(definitions);
  return (name) => {
    const column = byName.get(name);
    return column === undefined ? NaN : (vector[column] ?? NaN);
  };
}

function isOfDagRuns(definitions: readonly FeatureDefinition[]): boolean {
  return columnsOf(definitions).has('dag_run__historical_rate__30d');
}

function partsOf(saying: Saying): readonly Part[] {
  if (saying === null) return [];
  if (typeof saying === 'string') return [{ text: saying, leaning: 'neutral' }];
  return saying.filter((part) => part !== null);
}

/**
 * Everything that a group has to say ("failed 3 of the last 4 tries, usually 1 in 60; last success 3 days ago"); null for nothing.
 *
 * @param definitions the columns of the vector: `tryFeatures` or `dagRunFeatures` of the engine.
 */
export function describeGroup(
  group: string,
  definitions: readonly FeatureDefinition[],
  vector: ArrayLike<number>,
  names: SubjectNames = NO_NAMES,
): string | null {
  const read = readerOf(definitions, vector);
  const describe = isOfDagRuns(definitions) ? describeDagRunGroup : describeTryGroup;
  const parts = partsOf(describe(group, read, names));
  return parts.length === 0 ? null : parts.map(({ text }) => text).join('; ');
}

/** What an aspect is called where no fact of it stands out. */
const TITLES: Readonly<Record<string, string>> = {
  record: 'its own record',
  others: 'what else fails now',
  change: 'its changes',
  duration: 'its durations',
  capacity: 'slots and load',
  calendar: 'the hour and the day',
  timing: 'its timing',
  inputs: 'the numbers that came with it',
  run: 'the run so far',
  task_risk: 'the risks of its tasks',
  upstream: 'what it waits for',
  platform: 'how the platform is',
};
/** Facts that one reason holds: more would not be read. */
const MOST_PARTS = 2;

/** What an aspect says. */
export interface AspectWords {
  readonly text: string;
  /** Whether a fact leans the way in which the aspect moved the risk; else the text only names what it is about. */
  readonly isTelling: boolean;
  /** Whether it tells of what a try must pass before anything else can befall it. */
  readonly isFirstHurdle: boolean;
}

/**
 * What an aspect says for the way in which it moved the risk: the most important facts that lean that way, or else neutral ones; what
 * leans the other way is never brought forward. Where nothing fits, it says that no single number stands out.
 *
 * @param logOdds what the aspect contributed; positive raised the risk.
 */
export function describeAspect(
  aspect: string,
  logOdds: number,
  definitions: readonly FeatureDefinition[],
  vector: ArrayLike<number>,
  names: SubjectNames = NO_NAMES,
): AspectWords {
  const read = readerOf(definitions, vector);
  const isDagRun = isOfDagRuns(definitions);
  const describe = isDagRun ? describeDagRunGroup : describeTryGroup;
  const listed = isDagRun ? DAG_RUN_GROUPS : TRY_GROUPS;
  const parts = listed.flatMap((group) =>
    partsOf(describe(group, read, names)).filter((part) => (part.aspect ?? aspectOfGroup(group)) === aspect),
  );
  const way = logOdds > 0 ? 'raises' : 'lowers';
  const fitting = parts.filter(({ leaning }) => leaning === way);
  const isTelling = fitting.length > 0;
  const said = (isTelling ? fitting : parts.filter(({ leaning }) => leaning === 'neutral')).slice(
    0,
    MOST_PARTS,
  );
  const text =
    said.length > 0
      ? said.map((part) => part.text).join('; ')
      : `${TITLES[aspect] ?? aspect.replaceAll('_', ' ')}: no single number stands out`;
  return { text, isTelling, isFirstHurdle: said.some((part) => part.isFirstHurdle === true) };
}
