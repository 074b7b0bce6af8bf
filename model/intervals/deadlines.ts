/** When a DAG run has to end: what the user configured, else what Airflow keeps for it, else what earlier runs suggest. Pure. */
import type { DeadlineConfig } from '../../core/config/deadlines.js';
import { matchesPattern } from '../../core/dag-pattern.js';
import type { UnixSeconds } from '../../core/facts.js';

/** Where deadlines come from, in the order in which they count. */
export const DEADLINE_SOURCES = ['configured', 'airflow', 'learnt'] as const;

export interface Deadline {
  readonly at: UnixSeconds;
  /** `airflow`: a deadline alert of the DAG. `learnt`: nobody set it; most earlier runs had ended by then. */
  readonly source: (typeof DEADLINE_SOURCES)[number];
}

const DAY_MS = 86_400_000;
const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(timeZone: string): Intl.DateTimeFormat {
  let format = formats.get(timeZone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone,
      calendar: 'gregory',
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    formats.set(timeZone, format);
  }
  return format;
}

/** What a clock on the wall shows, as the milliseconds at which a clock in UTC shows the same. */
function wallClockMs(atMs: number, timeZone: string): number {
  const part: Record<string, number> = {};
  for (const { type, value } of formatOf(timeZone).formatToParts(atMs)) part[type] = Number(value);
  return Date.UTC(
    part['year']!,
    part['month']! - 1,
    part['day'],
    part['hour'],
    part['minute'],
    part['second'],
  );
}

/** The moment at which the wall clock shows `wallMs`; where it is skipped in spring, as much later as it is skipped. */
function momentOf(wallMs: number, timeZone: string): number {
  const guess = wallMs - (wallClockMs(wallMs, timeZone) - wallMs);
  return guess - (wallClockMs(guess, timeZone) - wallMs);
}

/** The first moment after `after` at which clocks of the zone show `time` (HH:MM). */
export function nextTimeOfDay(after: UnixSeconds, time: string, timeZone: string): UnixSeconds {
  const [hours, minutes] = time.split(':').map(Number);
  const afterMs = after * 1000;
  const midnight = Math.floor(wallClockMs(afterMs, timeZone) / DAY_MS) * DAY_MS;
  const timeMs = (hours! * 60 + minutes!) * 60_000;
  for (let day = 0; day < 2; day++) {
    const moment = momentOf(midnight + day * DAY_MS + timeMs, timeZone);
    if (moment > afterMs) return moment / 1000;
  }
  return momentOf(midnight + 2 * DAY_MS + timeMs, timeZone) / 1000;
}

/** The entry that counts for a DAG; null when none matches. */
export function findDeadline(
  entries: readonly DeadlineConfig[],
  deployment: string,
  dagId: string,
): DeadlineConfig | null {
  const found = entries.find(
    (entry) =>
      (entry.deployment === null || entry.deployment === deployment) && matchesPattern(entry.dag_id, dagId),
  );
  return found ?? null;
}

/** The configured deadline of a run that was due at `dueAt`. */
export function configuredDeadline(entry: DeadlineConfig, dueAt: UnixSeconds): Deadline {
  const at =
    entry.minutes_after_due === null
      ? nextTimeOfDay(dueAt, entry.at!, entry.time_zone)
      : dueAt + entry.minutes_after_due * 60;
  return { at, source: 'configured' };
}
