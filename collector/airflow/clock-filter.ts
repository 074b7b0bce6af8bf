import type { UnixSeconds } from '../../core/facts.js';

/** Readings from which one is chosen. */
const KEPT = 8;

interface Reading {
  readonly skewSeconds: number;
  readonly roundTripSeconds: number;
}

/**
 * How far another clock is ahead of ours: of the last few readings, that of the shortest round trip counts, as waiting has disturbed it
 * least (the clock filter of RFC 5905, section 10). A clock that is set is followed within eight readings.
 */
export class ClockFilter {
  readonly #readings: Reading[] = [];

  /** Takes `theirs`, read at some moment between `asked` and `answered` of our clock. */
  add(theirs: UnixSeconds, asked: UnixSeconds, answered: UnixSeconds): void {
    const roundTripSeconds = answered - asked;
    // Our clock was set back meanwhile.
    if (roundTripSeconds < 0) return;
    this.#readings.push({ skewSeconds: theirs - (asked + answered) / 2, roundTripSeconds });
    if (this.#readings.length > KEPT) this.#readings.shift();
  }

  /** Their clock minus ours, in seconds: 0 where waiting alone may explain the difference; null before the first reading. */
  skewSeconds(): number | null {
    let best: Reading | null = null;
    for (const reading of this.#readings)
      if (best === null || reading.roundTripSeconds <= best.roundTripSeconds) best = reading;
    if (best === null) return null;
    return Math.abs(best.skewSeconds) <= best.roundTripSeconds / 2 ? 0 : best.skewSeconds;
  }
}
