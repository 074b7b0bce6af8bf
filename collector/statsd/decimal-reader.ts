const PLUS = 0x2b;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;

/** Mantissas below it and powers of ten up to 10^22 are exact doubles, so their quotient is rounded once: correctly. */
const EXACT = 2 ** 53 / 10 - 1;
const POWERS = Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));

/** Reads decimal numbers from bytes; the usual ones (Airflow's have 6 decimals) without making a string. */
export class DecimalReader {
  /** Where the last number stopped. */
  end = 0;

  /** The number that starts at `start`, up to the first byte that cannot be in a number; NaN when there is none or it is not finite. */
  read(bytes: Buffer, start: number, limit: number): number {
    let at = start;
    const sign = bytes[at];
    if (at < limit && (sign === PLUS || sign === MINUS)) at++;
    let mantissa = 0;
    let digits = 0;
    let decimals = -1;
    for (; at < limit; at++) {
      const byte = bytes[at]!;
      if (byte >= ZERO && byte <= NINE) {
        if (mantissa > EXACT || decimals >= 22) return this.#readText(bytes, start, limit);
        mantissa = mantissa * 10 + (byte - ZERO);
        digits++;
        if (decimals >= 0) decimals++;
      } else if (byte === POINT && decimals < 0) decimals = 0;
      else if ((byte | 0x20) === 0x65) return this.#readText(bytes, start, limit);
      else break;
    }
    this.end = at;
    if (digits === 0) return NaN;
    const value = decimals > 0 ? mantissa / POWERS[decimals]! : mantissa;
    return sign === MINUS ? -value : value;
  }

  #readText(bytes: Buffer, start: number, limit: number): number {
    const text = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/.exec(
      bytes.toString('latin1', start, limit),
    )?.[0];
    this.end = start + (text?.length ?? 0);
    const value = text === undefined ? NaN : Number(text);
    return Number.isFinite(value) ? value : NaN;
  }
}
