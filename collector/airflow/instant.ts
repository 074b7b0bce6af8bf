import type { UnixSeconds } from '../../core/facts.js';

const PATTERN = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?(Z|[+-]\d{2}:?\d{2})$/;

/**
 * Reads an RFC 3339 time with a zone, as Airflow writes it, to the microsecond (`Date.parse` stops at milliseconds).
 * Returns null for anything else.
 */
export function parseInstant(text: string): UnixSeconds | null {
  const match = PATTERN.exec(text);
  if (match === null) return null;
  const [, date, time, fraction = '', zone = 'Z'] = match;
  const offset = zone === 'Z' || zone.includes(':') ? zone : `${zone.slice(0, 3)}:${zone.slice(3)}`;
  const milliseconds = Date.parse(`${date!}T${time!}${offset}`);
  if (Number.isNaN(milliseconds)) return null;
  const microseconds = Number(fraction.slice(0, 6).padEnd(6, '0'));
  return (milliseconds * 1000 + microseconds) / 1e6;
}

/** RFC 3339 in UTC with microseconds: the form that every Airflow 3 accepts in filters (a time without zone is a 500). */
export function formatInstant(seconds: UnixSeconds): string {
  const microseconds = Math.round(seconds * 1e6);
  const whole = Math.floor(microseconds / 1e6);
  const fraction = String(microseconds - whole * 1e6).padStart(6, '0');
  return `${new Date(whole * 1000).toISOString().slice(0, 19)}.${fraction}Z`;
}

/** The instant one microsecond before: Airflow 3.0 has only inclusive bounds. */
export function justBefore(seconds: UnixSeconds): UnixSeconds {
  return (Math.round(seconds * 1e6) - 1) / 1e6;
}
