/** Sentence parts that tries and DAG runs share. */
import { count, duration, factor, frequency, percent } from './words.js';

/** Reads a feature by its name; NaN for one that is unknown or not in the vector. */
export type ReadFeature = (name: string) => number;

/** Which way a fact would move a risk, by itself. */
export type Leaning = 'raises' | 'lowers' | 'neutral';

/** One fact in words. */
export interface Part {
  readonly text: string;
  readonly leaning: Leaning;
  /** The aspect that it speaks of, where that is not the one of its group. */
  readonly aspect?: string;
  /** Told of what a try must pass before anything else can befall it: such a fact is not left to the end, however little credit it has. */
  readonly isFirstHurdle?: boolean;
}

/** What a group has to say: parts by their importance, plain text for a neutral one, nothing. */
export type Saying = readonly (Part | null)[] | string | null;

/** Says what a group tells of a vector. */
export type Describer = (read: ReadFeature, names: SubjectNames) => Saying;

/** Who the words are about; ids as Airflow has them, of whatever characters. Null for what is not known. */
export interface SubjectNames {
  readonly pool: string | null;
  readonly operator: string | null;
}

export const NO_NAMES: SubjectNames = { pool: null, operator: null };

const LONGEST_NAME = 60;

/** An id within a sentence: in backticks, on one line, not too long, and without backticks of its own. */
export function quoted(id: string): string {
  const plain = id
    .replace(/[\p{C}\p{Z}]+/gu, ' ')
    .replaceAll('`', "'")
    .trim();
  return `\`${plain.length > LONGEST_NAME ? `${plain.slice(0, LONGEST_NAME - 1)}…` : plain}\``;
}

/** A fact that would raise a risk, if the condition holds. NaN fails every comparison, so unknown numbers say nothing. */
export function raising(condition: boolean, text: () => string, aspect?: string): Part | null {
  return leaningPart('raises', condition, text, aspect);
}

export function lowering(condition: boolean, text: () => string, aspect?: string): Part | null {
  return leaningPart('lowers', condition, text, aspect);
}

export function neutral(condition: boolean, text: () => string, aspect?: string): Part | null {
  return leaningPart('neutral', condition, text, aspect);
}

function leaningPart(
  leaning: Leaning,
  condition: boolean,
  text: () => string,
  aspect: string | undefined,
): Part | null {
  return condition ? { text: text(), leaning, ...(aspect === undefined ? {} : { aspect }) } : null;
}

/** Rates that differ by less than this factor, or that are both below this rate, are not worth comparing. */
const NOTABLE_FACTOR = 1.3;
const NOTABLE_RATE = 0.01;

/** Says how a rate stands against the usual one; nothing where they hardly differ, or are both next to nothing. */
export function comparison(
  now: number,
  usual: number,
  text: (now: string, usual: string) => string,
  aspect?: string,
): Part | null {
  const [here, there] = [frequency(now), frequency(usual)];
  const factorApart = Math.exp(Math.abs(Math.log(now / usual)));
  if (!(factorApart >= NOTABLE_FACTOR && Math.max(now, usual) >= NOTABLE_RATE) || here === there) return null;
  return leaningPart(now > usual ? 'raises' : 'lowers', true, () => text(here, there), aspect);
}

/** Joins what there is to say; null when there is nothing. */
export function sentence(...parts: readonly (string | null)[]): string | null {
  const said = parts.filter((part) => part !== null);
  return said.length === 0 ? null : said.join('; ');
}

/** `text` when the condition holds. NaN fails every comparison, so unknown numbers say nothing. */
export function when(condition: boolean, text: () => string): string | null {
  return condition ? text() : null;
}

/** A time that a feature holds as log1p of seconds. */
export function time(logSeconds: number): string {
  return duration(Math.expm1(logSeconds));
}

/** "failed 3 of the last 4 runs, usually 1 in 60" from counts over windows. */
export function recentOutcomes(
  noun: readonly [one: string, many: string],
  total: number,
  windows: readonly (readonly [size: number, failures: number])[],
  usual: number,
): Part | null {
  const [one, many] = noun;
  for (const [size, failures] of windows) {
    const known = Math.min(size, total);
    if (!(failures > 0) || known === 0) continue;
    if (known === 1) return raising(true, () => `failed its only ${one} so far`);
    const which = failures === known ? 'all' : failures;
    const text = `failed ${which} of the last ${count(known, one, many)}, usually ${frequency(usual)}`;
    return failures / known > usual ? raising(true, () => text) : lowering(true, () => text);
  }
  const known = Math.min(30, total);
  return lowering(known > 0, () =>
    known === 1 ? `succeeded in its only ${one} so far` : `no failure in the last ${known} ${many}`,
  );
}

/** "2 of 14 tries failed so far", "all 14 tries succeeded so far". */
export function soFar(failed: number, ended: number): string {
  if (ended === 1) return `its first try ${failed === 1 ? 'failed' : 'succeeded'}`;
  return failed === 0 ? `all ${ended} tries succeeded so far` : `${failed} of ${ended} tries failed so far`;
}

/** Share of tasks that fail at any time on many a platform. */
const NOTABLE_SHARE = 0.05;

/** What breaks in other DAGs. */
export const describeOutage: Describer = (read) => {
  const onsets = read('elsewhere__onsets__3h');
  const broken = read('elsewhere__broken_tasks__now');
  const inDag = read('dag__broken_tasks__now');
  const rate = read('elsewhere__onset_rate__3h');
  const before = read('elsewhere__onset_rate__2d');
  const breaking = (): string =>
    `${count(onsets, 'task')} of other DAGs broke in the last hours (${frequency(rate)} tries, in the last days ${frequency(before)})`;
  return [
    raising(onsets >= 0.5 && rate > before, breaking),
    raising(inDag >= NOTABLE_SHARE, () => `${percent(inDag)} of the other tasks of its DAG are failing now`),
    raising(broken >= NOTABLE_SHARE, () => `${percent(broken)} of the tasks of other DAGs are failing now`),
    lowering(onsets >= 0.5 && rate < before, breaking),
    lowering(onsets < 0.5 && broken < NOTABLE_SHARE, () => 'nothing breaks in other DAGs now'),
  ];
};

/** "last began 3 days ago, usually every 6 hours". */
export function describeGap(verb: string, gap: number, ratio: number): Part | null {
  const isUsual = Math.abs(ratio) <= Math.LN2;
  return neutral(!Number.isNaN(gap) && !Number.isNaN(ratio), () => {
    const remark = isUsual ? ', as usual' : `, usually every ${time(gap - ratio)}`;
    return `last ${verb} ${time(gap)} ago${remark}`;
  });
}

/** "at 03:00 UTC" from the sine and cosine of the hour. */
export function hourWords(read: ReadFeature): string | null {
  const angle = Math.atan2(read('calendar__hour_sine__now'), read('calendar__hour_cosine__now'));
  if (Number.isNaN(angle)) return null;
  const hour = (Math.round((angle * 24) / (2 * Math.PI)) + 24) % 24;
  return `${hour.toString().padStart(2, '0')}:00 UTC`;
}

/** "2.4x the usual" for a logarithm of a ratio that is worth mentioning. */
export function ratioWords(logRatio: number): string | null {
  return when(Math.abs(logRatio) > 0.2, () => `${factor(Math.exp(logRatio))} the usual`);
}

/** As the first day of 1970, from which weekdays count. */
const WEEKDAYS = ['Thursdays', 'Fridays', 'Saturdays', 'Sundays', 'Mondays', 'Tuesdays', 'Wednesdays'];

/** "Mondays" from the sine and cosine of the weekday (UTC). */
export function weekdayWords(read: ReadFeature): string | null {
  const angle = Math.atan2(read('calendar__weekday_sine__now'), read('calendar__weekday_cosine__now'));
  if (Number.isNaN(angle)) return null;
  return WEEKDAYS[(Math.round((angle * 7) / (2 * Math.PI)) + 7) % 7]!;
}
