/** Whether the first reasons name the cause that is known to have made a try fail. */
import { classWords, latestFailureClass } from '../../features/describe-record.js';
import { ON_ANY_DAY } from '../../features/describe-usual.js';
import { NO_NAMES, readerOf } from '../../features/describe.js';
import { TRY_FEATURES } from '../../features/registry.js';
import type { Explanation } from '../../model/types.js';
import type { Reason, SubjectExplanation } from '../../serving/live/board.js';
import { shownReasons } from '../../serving/live/main-reasons.js';
import { explainInWords } from '../../serving/live/reasons.js';
import type { KnownCause } from './facts.js';
import type { NamedCause } from './named-causes.js';

/** Risk from which on a DAG gets a card on the overview: the warning of this evaluation. */
export const WARNING_RISK = 0.2;
const FIRST_REASONS = 2;

/** How one cause fared. */
export interface CauseResult {
  readonly cause: string;
  /** Failures that it made in the test part, those of them that were warned of as they were queued, and of these those after a success. */
  readonly failures: number;
  readonly warned: number;
  readonly onsets: number;
  /** Share of the warned failures whose first two reasons name the cause: in all, by an aspect of its own, by words of its own, by what the log of the latest failure said, by what is usual. */
  readonly named: number | null;
  readonly by: Readonly<Record<'aspect' | 'words' | 'log' | 'usual', number>> | null;
  /** How many of the warned failures had another cause in action, too; and the share of all whose first two reasons name the cause or one of those. */
  readonly beside: number;
  readonly namedAny: number | null;
  /** Share of the warned failures of other causes that would count as named for this one. */
  readonly namedForOthers: number | null;
  /** Share of the warned failures with a suggestion, and with one that suits the cause. */
  readonly suggested: number | null;
  readonly suited: number | null;
  /** The first two reasons of one such failure. */
  readonly example: string | null;
}

/** A failure that was warned of, as it was queued. */
export interface Warned extends KnownCause {
  readonly isOnset: boolean;
  readonly explanation: Explanation;
  readonly vector: Float32Array;
}

function explained({ explanation, vector }: Warned): SubjectExplanation {
  return explainInWords('try', explanation, vector, NO_NAMES);
}

/** The first reasons as a page shows them. */
function firstReasons(warned: Warned): Reason[] {
  return shownReasons(explained(warned)).slice(0, FIRST_REASONS);
}

/** Whether a failure that was warned of is named, and by what. */
export function namingOf(spec: NamedCause, warned: Warned) {
  const shown = firstReasons(warned);
  const first = shown.map(({ group }) => group);
  const read = readerOf(TRY_FEATURES, warned.vector);
  const latest = latestFailureClass(read);
  return {
    aspect: first.some((aspect) => spec.aspects.includes(aspect)) && (spec.evidence?.(read) ?? true),
    words: spec.words !== undefined && shown.some(({ text }) => text.includes(spec.words!)),
    log:
      latest !== null &&
      spec.classes.includes(latest) &&
      shown.some(({ text }) => text.includes(classWords(latest))),
    usual: spec.isUsual === true && shown.some(({ text }) => text.toLowerCase().includes(ON_ANY_DAY)),
  };
}

function names(spec: NamedCause, warned: Warned): boolean {
  return Object.values(namingOf(spec, warned)).some(Boolean);
}

/** Whether a failure is named by its cause, or by another one that was in action. */
export function namesAny(specs: readonly NamedCause[], warned: Warned): boolean {
  return specs.some(
    (spec) => (spec.cause === warned.cause || warned.beside.includes(spec.cause)) && names(spec, warned),
  );
}

/** How one cause fared among all the failures that were warned of; `failures` counts those that it made in the test part. */
export function resultOf(
  spec: NamedCause,
  specs: readonly NamedCause[],
  all: readonly Warned[],
  failures: number,
): CauseResult {
  const own = all.filter(({ cause }) => cause === spec.cause);
  const others = all.filter(({ cause }) => cause !== spec.cause);
  const named = (warned: Warned): boolean => names(spec, warned);
  const namings = own.map((warned) => namingOf(spec, warned));
  const rules = own.map((warned) => explained(warned).suggestion?.rule ?? null);
  const shown = own.find(named) ?? own[0];
  return {
    cause: spec.cause,
    failures,
    warned: own.length,
    onsets: own.filter(({ isOnset }) => isOnset).length,
    named: shareOf(own, named),
    beside: own.filter(({ beside }) => beside.length > 0).length,
    namedAny: shareOf(own, (warned) => namesAny(specs, warned)),
    by:
      own.length === 0
        ? null
        : {
            aspect: shareOf(namings, ({ aspect }) => aspect)!,
            words: shareOf(namings, ({ words }) => words)!,
            log: shareOf(namings, ({ log }) => log)!,
            usual: shareOf(namings, ({ usual }) => usual)!,
          },
    namedForOthers: shareOf(others, named),
    suggested: shareOf(rules, (rule) => rule !== null),
    suited: shareOf(rules, (rule) => rule !== null && spec.rules.includes(rule)),
    example: shown === undefined ? null : inWords(shown),
  };
}

function inWords(warned: Warned): string {
  return firstReasons(warned)
    .map(({ text }) => text)
    .join(' / ');
}

function shareOf<T>(items: readonly T[], holds: (item: T) => boolean): number | null {
  return items.length === 0 ? null : Math.round((items.filter(holds).length / items.length) * 1000) / 1000;
}
