/** Sentence parts that tries and DAG runs share. */
import { count, duration, factor, frequency, percent } from './words.js';

/** Reads a feature by its name; NaN for one that is unknown or not in the vector. */
export type ReadFeature = (name: string) => number;

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
): string {
  const [one, many] = noun;
  const ending = `usually ${frequency(usual)}`;
  for (const [size, failures] of windows) {
    const known = Math.min(size, total);
    if (failures === 0 || known === 0) continue;
    if (known === 1) return `failed its only ${one} so far`;
    return `failed ${failures === known ? 'all' : failures} of the last ${count(known, one, many)}, ${ending}`;
  }
  const known = Math.min(30, total);
  return known === 1 ? `succeeded in its only ${one} so far` : `no failure in the last ${known} ${many}`;
}

/** "2 of 14 tries failed so far", "all 14 tries succeeded so far". */
export function soFar(failed: number, ended: number): string {
  if (ended === 1) return `its first try ${failed === 1 ? 'failed' : 'succeeded'}`;
  return failed === 0 ? `all ${ended} tries succeeded so far` : `${failed} of ${ended} tries failed so far`;
}

export function describeOutage(read: ReadFeature): string | null {
  const onsets = read('elsewhere__onsets__3h');
  const broken = read('elsewhere__broken_tasks__now');
  const rate = read('elsewhere__onset_rate__3h');
  return sentence(
    when(
      onsets >= 0.5,
      () => `${count(onsets, 'task')} of other DAGs broke in the last hours (${frequency(rate)} tries)`,
    ),
    when(broken >= 0.01, () => `${percent(broken)} of the tasks of other DAGs are failing now`),
    when(onsets < 0.5 && broken < 0.01, () => 'nothing else is breaking now'),
  );
}

/** "last began 3 days ago, usually every 6 hours". */
export function describeGap(verb: string, gap: number, ratio: number): string | null {
  return when(!Number.isNaN(gap) && !Number.isNaN(ratio), () => {
    const usual = gap - ratio;
    const remark = Math.abs(ratio) > Math.LN2 ? `, usually every ${time(usual)}` : ', as usual';
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
