/** Numbers in words, short enough for one line of an explanation. */
import { DAY, HOUR } from './decay.js';

/** `2 tries`, `1 try`. */
export function count(value: number, one: string, many = `${one}s`): string {
  const whole = Math.round(value);
  return `${whole} ${whole === 1 ? one : many}`;
}

/** `1 in 60`, `9 in 10`, `almost never`, `almost always`. */
export function frequency(rate: number): string {
  if (rate < 0.0005) return 'almost never';
  if (rate > 0.975) return 'almost always';
  if (rate > 0.94) return '19 in 20';
  if (rate >= 0.35) return `${Math.round(rate * 10)} in 10`;
  const tries = 1 / rate;
  const rounded =
    tries < 20 ? Math.round(tries) : tries < 100 ? Math.round(tries / 5) * 5 : Math.round(tries / 50) * 50;
  return `1 in ${rounded}`;
}

/** `1 in 6 lately, usually 1 in 60`; the usual only where it differs. */
export function compared(now: number, whenever: string, usual: number): string {
  const [here, there] = [frequency(now), frequency(usual)];
  return here === there ? `${here} ${whenever}, as usual` : `${here} ${whenever}, usually ${there}`;
}

/** `12 %`, `0.4 %`. */
export function percent(share: number): string {
  const value = share * 100;
  return `${value < 1 && value > 0 ? value.toFixed(1) : Math.round(value).toString()} %`;
}

/** `45 seconds`, `3 hours`, `2 days`: one unit, rounded. */
export function duration(seconds: number): string {
  if (seconds < 0.95) return 'under a second';
  if (seconds < 90) return count(seconds, 'second');
  if (seconds < 90 * 60) return count(seconds / 60, 'minute');
  if (seconds < 36 * HOUR) return count(seconds / HOUR, 'hour');
  if (seconds < 60 * DAY) return count(seconds / DAY, 'day');
  if (seconds < 700 * DAY) return count(seconds / (30.4 * DAY), 'month');
  return count(seconds / (365 * DAY), 'year');
}

/** `2.4x`, `15x`. */
export function factor(value: number): string {
  return `${value < 10 ? value.toFixed(1) : Math.round(value).toString()}x`;
}
