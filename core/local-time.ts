/** Wall clocks of time zones. */
import type { UnixSeconds } from './facts.js';

const DAY_MINUTES = 1440;

/** Time of day and day of the week on a wall clock of a zone. */
export interface LocalTime {
  /** Since midnight. */
  readonly minutes: number;
  readonly isWeekend: boolean;
  /** `mon` to `sun`. */
  readonly weekday: string;
  /** `2026-03-05`. */
  readonly day: string;
}

export function localTime(now: UnixSeconds, timeZone: string): LocalTime {
  const parts = new Map(
    new Intl.DateTimeFormat('en-CA', {
      timeZone,
      hourCycle: 'h23',
      weekday: 'short',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
    })
      .formatToParts(now * 1000)
      .map(({ type, value }) => [type, value]),
  );
  const part = (type: Intl.DateTimeFormatPartTypes): string => parts.get(type) ?? '';
  return {
    minutes: Number(part('hour')) * 60 + Number(part('minute')),
    isWeekend: /^(?:Sat|Sun)/.test(part('weekday')),
    weekday: part('weekday').slice(0, 3).toLowerCase(),
    day: `${part('year')}-${part('month')}-${part('day')}`,
  };
}

export function minutesOf(timeOfDay: string): number {
  const [hours, minutes] = timeOfDay.split(':').map(Number);
  return (hours! * 60 + minutes!) % DAY_MINUTES;
}
