import { WEEKDAYS, type MaintenanceWindow } from '../../core/config/actions.js';
import type { UnixSeconds } from '../../core/facts.js';
import { localTime, minutesOf } from '../../core/local-time.js';

/** The window that is open now, by the wall clock of its zone; null when none is. */
export function openWindow(
  windows: readonly MaintenanceWindow[],
  now: UnixSeconds,
): MaintenanceWindow | null {
  return windows.find((window) => isOpen(window, now)) ?? null;
}

function isOpen({ days, from, to, time_zone }: MaintenanceWindow, now: UnixSeconds): boolean {
  const { minutes, weekday } = localTime(now, time_zone);
  const today = WEEKDAYS.findIndex((day) => day === weekday);
  const yesterday = WEEKDAYS[(today + 6) % 7]!;
  const [start, end] = [minutesOf(from), minutesOf(to)];
  const beginsOn = (day: string): boolean => days.some((one) => one === day);
  if (start < end) return beginsOn(weekday) && minutes >= start && minutes < end;
  return (beginsOn(weekday) && minutes >= start) || (beginsOn(yesterday) && minutes < end);
}
