/** What time, load and inputs say of a try. */
import {
  comparison,
  describeGap,
  hourWords,
  lowering,
  neutral,
  quoted,
  raising,
  ratioWords,
  time,
  weekdayWords,
  type Describer,
  type ReadFeature,
} from './describe-shared.js';
import { count, percent } from './words.js';

const WEEK_SECONDS = 7 * 86_400;
/** A pool of which this share is busy has hardly a free slot. */
const NEARLY_FULL = 0.9;
/** Of the latest tries of a pool; of a pool in which so many got no slot, most warned failures were for want of one (docs/explanations.md). */
const MANY_UNSTARTED = 0.1;

/** Whether so many tries of the pool failed before they got a slot that this is what most likely fails the next one. */
export function poolGivesNoSlot(read: ReadFeature): boolean {
  return read('pool__unstarted_share__3h') >= MANY_UNSTARTED;
}

/** Slots and what is under way. */
export const describeLoad: Describer = (read, names) => {
  const slots = read('pool__slots__now');
  const share = read('pool__occupied_share__now');
  const open = read('deployment__open__now');
  const inPool = read('pool__open__now');
  const logRatio = read('deployment__open_ratio__now');
  const ratio = ratioWords(logRatio);
  const pool = names.pool === null ? 'its pool' : `pool ${quoted(names.pool)}`;
  const unstarted = read('pool__unstarted_share__3h');
  const busy = (): string => `${Math.round(share * slots)} of ${count(slots, 'slot')} of ${pool} busy`;
  const openNow = (): string =>
    `${count(open, 'other try', 'other tries')} queued or running${ratio === null ? '' : `, ${ratio}`}`;
  return [
    poolGivesNoSlot(read)
      ? {
          text: `${percent(unstarted)} of the latest tries of ${pool} failed before they got a slot`,
          leaning: 'raises',
          isFirstHurdle: true,
        }
      : null,
    raising(slots > 0 && share >= NEARLY_FULL, busy),
    raising(
      slots > 0 && inPool > slots,
      () => `${count(inPool, 'other try', 'other tries')} in ${pool} of ${count(slots, 'slot')}`,
    ),
    raising(ratio !== null && logRatio > 0, openNow),
    lowering(ratio !== null && logRatio < 0, openNow),
    neutral(ratio === null && open >= 0, openNow),
    neutral(share > 0 && share < NEARLY_FULL && slots > 0, busy),
  ];
};

/** The hour and the weekday, and how tries fare at such times. */
export const describeCalendar: Describer = (read) => {
  const hour = hourWords(read);
  const weekday = weekdayWords(read);
  const usual = read('dag__failure_rate__32d');
  return [
    weekday === null
      ? null
      : comparison(
          read('task__weekday_failure_rate__128d'),
          read('task__failure_rate__128d'),
          (here, there) => `on ${weekday} it fails ${here}, usually ${there}`,
        ),
    hour === null
      ? null
      : comparison(
          read('dag__hour_failure_rate__128d'),
          usual,
          (here, there) => `around ${hour} this DAG's tries fail ${here}, usually ${there}`,
        ),
    neutral(hour !== null && weekday !== null, () => `it is about ${hour!} on a ${weekday!.slice(0, -1)}`),
  ];
};

/** Age and gaps. */
export const describeTiming: Describer = (read) => {
  const age = read('task__age__now');
  return [
    describeGap('queued', read('task__gap__now'), read('task__gap_ratio__now')),
    neutral(Math.expm1(age) < WEEK_SECONDS, () => `first seen ${time(age)} ago`),
  ];
};

/** Numbers that came with the try, and from the last one. */
export const describeInputs: Describer = (read) => {
  const input = ratioWords(read('input__ratio__largest'));
  const surprise = read('input__surprise__largest');
  const result = read('result__surprise__largest');
  return [
    neutral(input !== null && Math.abs(surprise) > 2, () => `a number that came with it is ${input!}`),
    neutral(
      Math.abs(result) > 2,
      () => `a number from its last try was unusually ${result > 0 ? 'high' : 'low'}`,
    ),
    lowering(
      Math.abs(surprise) <= 1 && !(Math.abs(result) > 1),
      () => 'the numbers that came with it are as usual',
    ),
  ];
};
