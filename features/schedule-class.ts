/** Which kind of schedule a run is of, as far as the facts tell. */

const PRESETS: ReadonlyMap<string, ScheduleClass> = new Map([
  ['@continuous', 'sub_hourly'],
  ['@hourly', 'hourly'],
  ['@daily', 'daily'],
  ['@midnight', 'daily'],
  ['@weekly', 'weekly'],
  ['@monthly', 'weekly'],
  ['@quarterly', 'weekly'],
  ['@yearly', 'weekly'],
  ['@annually', 'weekly'],
]);

/** `hourly` is up to every twelve hours, `daily` up to every two days, `weekly` whatever is rarer. */
export type ScheduleClass = 'sub_hourly' | 'hourly' | 'daily' | 'weekly' | 'asset';

const WEEK_SECONDS = 7 * 86_400;
/** A timedelta as Python prints it. */
const TIMEDELTA = /^(?:(\d+) days?, )?(\d+):(\d\d):(\d\d)(?:\.\d+)?$/;
/** Lowest and highest value of the fields of a cron expression. */
const CRON_FIELDS = [
  [0, 59],
  [0, 23],
  [1, 31],
  [1, 12],
  [0, 7],
] as const;

/** Class of a schedule as Airflow sums it up (`timetable_summary`): a cron expression or preset, a timedelta, assets; null for any other. */
export function scheduleClass(schedule: string | null): ScheduleClass | null {
  if (schedule === null) return null;
  const text = schedule.trim();
  if (/^(?:asset|dataset)/i.test(text)) return 'asset';
  const preset = PRESETS.get(text);
  if (preset !== undefined) return preset;
  const delta = TIMEDELTA.exec(text);
  if (delta !== null) {
    const [, days, hours, minutes, seconds] = delta;
    const every = Number(days ?? 0) * 86_400 + Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
    return every > 0 ? classOf(WEEK_SECONDS / every) : null;
  }
  const runs = cronRunsPerWeek(text);
  return runs === null ? null : classOf(runs);
}

/**
 * What a run is compared with where its DAG has no history: the schedule of a scheduled run where it is known, else how it came to be.
 *
 * @returns null when nothing is known of either.
 */
export function startedBy(ofDag: ScheduleClass | null, runType: string | null): string | null {
  return runType === null || runType === 'scheduled' ? (ofDag ?? runType) : runType;
}

function classOf(runsPerWeek: number): ScheduleClass {
  if (runsPerWeek > 168) return 'sub_hourly';
  if (runsPerWeek >= 14) return 'hourly';
  return runsPerWeek >= 3.5 ? 'daily' : 'weekly';
}

/** About how often a cron expression of five fields comes up; null for what is none. */
function cronRunsPerWeek(text: string): number | null {
  const fields = text.split(/\s+/);
  if (fields.length !== CRON_FIELDS.length) return null;
  const counts = fields.map((field, k) => countOf(field, CRON_FIELDS[k]![0], CRON_FIELDS[k]![1]));
  if (counts.some((count) => count === null)) return null;
  const [minutes, hours, days, months, weekdays] = counts as number[];
  // Of the day of the month and the weekday, either is enough where both are named.
  const ofMonth = fields[2]!.startsWith('*') ? 0 : (days! * 7) / 30.4;
  const ofWeek = fields[4]!.startsWith('*') ? 0 : Math.min(7, weekdays!);
  const daysPerWeek = ofMonth + ofWeek === 0 ? 7 : Math.min(7, ofMonth + ofWeek);
  return (minutes! * hours! * daysPerWeek * months!) / 12;
}

/** Values that a field of a cron expression names. */
function countOf(field: string, low: number, high: number): number | null {
  let count = 0;
  for (const part of field.split(',')) {
    const match = /^(\*|\w+(?:-\w+)?)(?:\/(\d+))?$/.exec(part);
    if (match === null) return null;
    const [, range, step] = match;
    const [from, to] = range === '*' ? [low, high] : range!.split('-').map(Number);
    const last = to ?? (step === undefined ? from! : high);
    // Names (MON, JAN-MAR) are not told apart: each stands for one value.
    const size = Number.isNaN(from! + last) ? 1 : Math.max(1, last - from! + 1);
    count += Math.ceil(size / Math.max(1, Number(step ?? 1)));
  }
  return count;
}
