/** When warnings wait. Pure. */
import type { NotificationsConfig } from '../../core/config/notifications.js';
import type { UnixSeconds } from '../../core/facts.js';

const DAY_MINUTES = 1440;

/** Time of day and day of the week on a wall clock of a zone. */
export interface LocalTime {
  /** Since midnight. */
  readonly minutes: number;
  readonly isWeekend: boolean;
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
    day: `${part('year')}-${part('month')}-${part('day')}`,
  };
}

export function minutesOf(timeOfDay: string): number {
  const [hours, minutes] = timeOfDay.split(':').map(Number);
  return (hours! * 60 + minutes!) % DAY_MINUTES;
}

/** Whether warnings wait now, and why. */
export function quietReason(
  now: UnixSeconds,
  { from, to, weekend, time_zone }: NotificationsConfig['quiet_hours'],
): 'quiet_hours' | 'weekend' | null {
  if (from === null && !weekend) return null;
  const local = localTime(now, time_zone);
  if (weekend && local.isWeekend) return 'weekend';
  if (from === null || to === null) return null;
  const start = minutesOf(from);
  const end = minutesOf(to);
  const isQuiet =
    start < end
      ? local.minutes >= start && local.minutes < end
      : local.minutes >= start || local.minutes < end;
  return isQuiet ? 'quiet_hours' : null;
}
