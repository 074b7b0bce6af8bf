/** Counters that forget: each outcome weighs 2^-(age / half-life). */
import type { Ids } from './ids.js';
import { NumberTable } from './table.js';

export const HOUR = 3600;
export const DAY = 86_400;

/** Half-lives of {@link TransitionRates}, longest first; each is a quarter of the one before, so that two squarings lead to the next. */
export const HALF_LIVES = [128 * DAY, 32 * DAY, 8 * DAY, 2 * DAY, 12 * HOUR, 3 * HOUR] as const;
export const D128 = 0;
export const D32 = 1;
export const D8 = 2;
export const D2 = 3;
export const H12 = 4;
export const H3 = 5;

const LEVELS = HALF_LIVES.length;
const AFTER_OTHER_TRIES = 0;
const AFTER_OTHER_FAILURES = LEVELS;
const AFTER_FAILURE_TRIES = 2 * LEVELS;
const AFTER_FAILURE_FAILURES = 3 * LEVELS;
const CHANNELS = 4 * LEVELS;

const STEPS = 256;
const FINE = Float64Array.from({ length: STEPS }, (_, i) => 2 ** (-i / STEPS));
const WHOLE = Float64Array.from({ length: 101 }, (_, i) => 2 ** -i);

/**
 * 2^-(elapsed / halfLife): what is left of a weight. Exactly 1 at once, exactly 0 when nothing noticeable is left.
 * By table and a fourth-degree remainder, off by 1e-15 of the value at most: two to
 * five times as quick as `Math.exp`, which would be called some forty times per try.
 */
export function remaining(elapsed: number, halfLife: number): number {
  if (elapsed <= 0) return 1;
  const steps = (elapsed / halfLife) * STEPS;
  if (!(steps < 100 * STEPS)) return 0;
  const whole = steps | 0;
  const rest = (whole - steps) * (Math.LN2 / STEPS);
  const series = 1 + rest * (1 + rest * (0.5 + rest * (1 / 6 + rest * (1 / 24))));
  return WHOLE[whole >> 8]! * FINE[whole & 255]! * series;
}

/** Decayed counts of one key as {@link TransitionRates.load} writes them. */
export type Rates = Float64Array;

export function emptyRates(): Rates {
  return new Float64Array(CHANNELS);
}

/** Failures per try, drawn towards `prior` as if `weight` more tries had failed at that rate. */
export function failureRate(rates: Rates, level: number, prior: number, weight: number): number {
  const failures = rates[AFTER_OTHER_FAILURES + level]! + rates[AFTER_FAILURE_FAILURES + level]!;
  const tries = rates[AFTER_OTHER_TRIES + level]! + rates[AFTER_FAILURE_TRIES + level]!;
  return (failures + weight * prior) / (tries + weight);
}

/** Failures per try whose task was not failing before: the onset hazard. */
export function hazard(rates: Rates, level: number, prior: number, weight: number): number {
  return (
    (rates[AFTER_OTHER_FAILURES + level]! + weight * prior) / (rates[AFTER_OTHER_TRIES + level]! + weight)
  );
}

/** Failures per try whose task had failed before. */
export function persistence(rates: Rates, level: number, prior: number, weight: number): number {
  return (
    (rates[AFTER_FAILURE_FAILURES + level]! + weight * prior) / (rates[AFTER_FAILURE_TRIES + level]! + weight)
  );
}

export function triesOf(rates: Rates, level: number): number {
  return rates[AFTER_OTHER_TRIES + level]! + rates[AFTER_FAILURE_TRIES + level]!;
}

export function failuresOf(rates: Rates, level: number): number {
  return rates[AFTER_OTHER_FAILURES + level]! + rates[AFTER_FAILURE_FAILURES + level]!;
}

/** Decayed number of onsets. */
export function onsetsOf(rates: Rates, level: number): number {
  return rates[AFTER_OTHER_FAILURES + level]!;
}

/**
 * Decayed onsets of others beyond those that the key's own hazard at 32 days (drawn towards `prior`) expects of their tries.
 * @param own the part that is not theirs.
 */
export function excessOnsets(rates: Rates, own: Rates, level: number, prior: number): number {
  const onsets = Math.max(0, onsetsOf(rates, level) - onsetsOf(own, level));
  const tries = Math.max(0, rates[AFTER_OTHER_TRIES + level]! - own[AFTER_OTHER_TRIES + level]!);
  return onsets - hazard(rates, D32, prior, 5) * tries;
}

/** Share of tries whose outcome differed from the one before. */
export function flipRate(rates: Rates, level: number, weight: number): number {
  const recoveries = rates[AFTER_FAILURE_TRIES + level]! - rates[AFTER_FAILURE_FAILURES + level]!;
  return (rates[AFTER_OTHER_FAILURES + level]! + recoveries) / (triesOf(rates, level) + weight);
}

/** Writes `all - part` into `out`: what happened elsewhere. Rounding below zero is cut off. */
export function elsewhere(all: Rates, part: Rates, out: Rates): void {
  for (let i = 0; i < CHANNELS; i++) {
    const rest = all[i]! - part[i]!;
    out[i] = rest > 0 ? rest : 0;
  }
}

/**
 * Decayed tries and failures per key at six half-lives, kept apart by whether the task's outcome before was a failure.
 * One exponential serves all half-lives.
 */
export class TransitionRates {
  private readonly table: NumberTable;
  private loadedId = -1;
  private loadedNow = NaN;
  private loadedInto: Rates | null = null;

  /** @param ids whose numbers the keys are, where those are given back. */
  constructor(ids?: Ids) {
    this.table = new NumberTable(new Array<number>(CHANNELS + 1).fill(0), ids);
    ids?.onGivenBack(() => {
      this.loadedInto = null;
    });
  }

  /** Writes the rates of a key into `out`, unless they are there already: subjects of one moment share most of their keys. */
  load(id: number, now: number, out: Rates): void {
    if (id === this.loadedId && now === this.loadedNow && out === this.loadedInto) return;
    this.loadedId = id;
    this.loadedNow = now;
    this.loadedInto = out;
    const { data } = this.table;
    const base = this.table.peek(id);
    let factor = remaining(now - data[base]!, HALF_LIVES[0]);
    for (let level = 0; level < LEVELS; level++) {
      const at = base + 1 + level;
      out[level] = data[at]! * factor;
      out[AFTER_OTHER_FAILURES + level] = data[at + AFTER_OTHER_FAILURES]! * factor;
      out[AFTER_FAILURE_TRIES + level] = data[at + AFTER_FAILURE_TRIES]! * factor;
      out[AFTER_FAILURE_FAILURES + level] = data[at + AFTER_FAILURE_FAILURES]! * factor;
      factor = quarter(factor);
    }
  }

  /** Writes the rates of a key at one half-life alone, the same as {@link load} would: a quarter of the time, for who reads no other. */
  loadLevel(id: number, now: number, level: number, out: Rates): void {
    if (out === this.loadedInto) this.loadedInto = null;
    const { data } = this.table;
    const base = this.table.peek(id);
    let factor = remaining(now - data[base]!, HALF_LIVES[0]);
    for (let i = 0; i < level; i++) factor = quarter(factor);
    for (let channel = level; channel < CHANNELS; channel += LEVELS) {
      out[channel] = data[base + 1 + channel]! * factor;
    }
  }

  /** @param age seconds by which the outcome is older than `at`, the time at which it became visible. */
  add(id: number, at: number, failed: boolean, afterFailure: boolean, age: number): void {
    this.loadedInto = null;
    const base = this.table.row(id);
    const { data } = this.table;
    let factor = remaining(at - data[base]!, HALF_LIVES[0]);
    let weight = remaining(age, HALF_LIVES[0]);
    const tries = afterFailure ? AFTER_FAILURE_TRIES : AFTER_OTHER_TRIES;
    data[base] = at;
    for (let level = 0; level < LEVELS; level++) {
      const cell = base + 1 + level;
      data[cell] = data[cell]! * factor;
      data[cell + AFTER_OTHER_FAILURES] = data[cell + AFTER_OTHER_FAILURES]! * factor;
      data[cell + AFTER_FAILURE_TRIES] = data[cell + AFTER_FAILURE_TRIES]! * factor;
      data[cell + AFTER_FAILURE_FAILURES] = data[cell + AFTER_FAILURE_FAILURES]! * factor;
      data[cell + tries] = data[cell + tries]! + weight;
      if (failed) data[cell + tries + LEVELS] = data[cell + tries + LEVELS]! + weight;
      factor = quarter(factor);
      weight = quarter(weight);
    }
  }
}

/** The weight at a quarter of the half-life; tiny weights become 0, because subnormal numbers are slow. */
function quarter(factor: number): number {
  const square = factor * factor;
  return square < 1e-60 ? 0 : square * square;
}

/** Decayed count and decayed sum per key at one half-life: a rate, or a mean. */
export class DecayedMean {
  private readonly table: NumberTable;

  /**
   * @param ids whose numbers the keys go by, where those are given back.
   * @param keysPerId keys of each of them, side by side.
   */
  constructor(
    readonly halfLife: number,
    ids?: Ids,
    keysPerId = 1,
  ) {
    this.table = new NumberTable([0, 0, 0], ids, keysPerId);
  }

  add(id: number, at: number, value: number, age: number): void {
    const base = this.table.row(id);
    const { data } = this.table;
    const factor = remaining(at - data[base]!, this.halfLife);
    const weight = remaining(age, this.halfLife);
    data[base] = at;
    data[base + 1] = data[base + 1]! * factor + weight;
    data[base + 2] = data[base + 2]! * factor + weight * value;
  }

  /** Decayed number of values. */
  count(id: number, now: number): number {
    const base = this.table.peek(id);
    return this.table.data[base + 1]! * remaining(now - this.table.data[base]!, this.halfLife);
  }

  /** Mean drawn towards `prior` as if `weight` more values had been equal to it; NaN without values and weight. */
  mean(id: number, now: number, prior: number, weight: number): number {
    const { data } = this.table;
    const base = this.table.peek(id);
    const factor = remaining(now - data[base]!, this.halfLife);
    return (data[base + 2]! * factor + weight * prior) / (data[base + 1]! * factor + weight);
  }
}
