/** Which of the rules fits a subject best, and whether there is enough evidence of its own at all. */
import { poolGivesNoSlot } from './describe-setting.js';
import { readerOf, NO_NAMES, type SubjectNames } from './describe.js';
import { AT_ALL_TIMES, SUGGESTION_RULES } from './suggestion-rules.js';
import type { FeatureDefinition } from './types.js';

/** A suggestion that fits the evidence. */
export interface Suggestion {
  /** Id of the rule. */
  readonly rule: string;
  readonly text: string;
}

/** The aspects of the subject's own outcomes, and of its pool. */
const RECORD = 'record';
const CAPACITY = 'capacity';
/** The strongest aspects that may call for something. */
const STRONGEST = 3;
/** An aspect that raised the log-odds by less calls for nothing. */
const NOTABLE_LOG_ODDS = 0.1;
/** Below this many outcomes a risk rests on others' history. */
const THIN_OUTCOMES = 5;

/** Whether the subject's own history is too short to say much. */
export function isEvidenceThin(
  definitions: readonly FeatureDefinition[],
  vector: ArrayLike<number>,
): boolean {
  const read = readerOf(definitions, vector);
  const outcomes = read('dag_run__runs__all');
  return !((Number.isNaN(outcomes) ? read('task__tries__all') : outcomes) >= THIN_OUTCOMES);
}

/**
 * The suggestion for the strongest aspect that has one whose evidence holds, else one for what is usual of the subject; null when nothing
 * fits, which is better than advice that does not.
 *
 * @param contributions by aspect, the largest first.
 * @param isMostlyUsual whether what is usual comes first among the reasons, in one with the subject's record; else what it calls for comes last.
 */
export function suggest(
  contributions: readonly { readonly group: string; readonly logOdds: number }[],
  definitions: readonly FeatureDefinition[],
  vector: ArrayLike<number>,
  names: SubjectNames = NO_NAMES,
  isMostlyUsual = false,
): Suggestion | null {
  const read = readerOf(definitions, vector);
  const kind = Number.isNaN(read('dag_run__runs__all')) ? 'try' : 'dag_run';
  const raising = contributions
    .filter(({ logOdds }) => logOdds >= NOTABLE_LOG_ODDS)
    .slice(0, STRONGEST)
    .map(({ group }) => group);
  const called = calledUpon(raising, poolGivesNoSlot(read), isMostlyUsual);
  const fitting = SUGGESTION_RULES.filter(
    ({ of, aspects, holds }) =>
      (of === 'either' || of === kind) && aspects.some((aspect) => called.includes(aspect)) && holds(read),
  );
  const found = called
    .map((strongest) => fitting.find(({ aspects }) => aspects.includes(strongest)))
    .find((rule) => rule !== undefined);
  return found === undefined ? null : { rule: found.rule, text: found.text(read, names) };
}

/** The aspects that may call for something, in order: first what is usual where it makes most of the risk, else a slot where the pool gives none. */
function calledUpon(raising: readonly string[], hasNoSlot: boolean, isMostlyUsual: boolean): string[] {
  const isFirst = (aspect: string): boolean =>
    aspect === (isMostlyUsual ? RECORD : hasNoSlot ? CAPACITY : '');
  const first = raising.filter(isFirst);
  const others = raising.filter((aspect) => !isFirst(aspect));
  return isMostlyUsual ? [...first, AT_ALL_TIMES, ...others] : [...first, ...others, AT_ALL_TIMES];
}
