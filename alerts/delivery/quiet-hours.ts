/** When warnings wait. Pure. */
import type { NotificationsConfig } from '../../core/config/notifications.js';
import type { UnixSeconds } from '../../core/facts.js';
import { localTime, minutesOf } from '../../core/local-time.js';

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
