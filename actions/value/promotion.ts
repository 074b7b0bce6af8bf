/** What has to be measured before an action may do more by itself: pure. */
import { wilsonInterval } from '../../core/wilson.js';
import type { ActionKind } from '../../core/action-terms.js';
import type { ValueLine } from './report.js';

export type Measure = 'failures' | 'minutes';

/** What an action of a kind is for, fixed beforehand so that nobody picks what came out well; null: nothing that is measured. */
export const MEASURE_OF: Readonly<Record<ActionKind, Measure | null>> = {
  retry: 'failures',
  trigger: 'minutes',
  resize_pool: 'minutes',
  pause: 'minutes',
  unpause: 'minutes',
  note: null,
};

/** Whether it may, and why (not), in a sentence. */
export interface Verdict {
  readonly isAllowed: boolean;
  readonly reason: string;
}

/** Automatic: only when the lower 95 % bound of the benefit is above zero. */
export function mayBecomeAutomatic(kind: ActionKind, line: ValueLine): Verdict {
  const measure = MEASURE_OF[kind];
  if (measure === null) return no(`no benefit of ${kind} is measured`);
  const effect = measure === 'failures' ? line.failuresAvoided : line.minutesSaved;
  const what = measure === 'failures' ? 'failures avoided' : 'minutes saved';
  const { treated, heldOut } = line;
  if (effect === null) {
    const known = measure === 'failures' ? 'known' : 'delaysKnown';
    return no(`too few outcomes are known: ${treated[known]} treated, ${heldOut[known]} held out`);
  }
  const interval = `${what} per incident: ${round(effect.estimate)} (95 % ${round(effect.low)} to ${round(effect.high)})`;
  return effect.low > 0
    ? { isAllowed: true, reason: interval }
    : no(`${interval}; the lower bound has to be above 0`);
}

/** Proposals that a person, or what happened, has since shown to be right or wrong. */
export interface JudgedProposals {
  readonly judged: number;
  readonly right: number;
}

/** Share of the proposals that were right, with its 95 % interval (Wilson 1927). */
export interface Precision {
  readonly estimate: number | null;
  readonly low: number;
  readonly high: number;
}

/** The precision of proposals; the whole range while none is judged. */
export function precisionOf({ judged, right }: JudgedProposals): Precision {
  const [low, high] = wilsonInterval(right, judged);
  return { estimate: judged === 0 ? null : right / judged, low, high };
}

const no = (reason: string): Verdict => ({ isAllowed: false, reason });

const round = (value: number): string => value.toFixed(3).replace(/\.?0+$/, '');
