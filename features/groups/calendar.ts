/** Hour, weekday and day of the month (UTC), and how the DAG and the task fare at such times. */
import { DAY, DecayedMean, HOUR } from '../decay.js';
import { defineFeatures, type FeatureGroup, type GroupFactory } from '../group.js';

export const CALENDAR = defineFeatures('calendar', [
  ['calendar__hour_sine__now', 'ratio', 'sine of the hour of the day (UTC)'],
  ['calendar__hour_cosine__now', 'ratio', 'cosine of the hour of the day (UTC)'],
  ['calendar__weekday_sine__now', 'ratio', 'sine of the day of the week (UTC)'],
  ['calendar__weekday_cosine__now', 'ratio', 'cosine of the day of the week (UTC)'],
  ['calendar__day_of_month__now', 'count', 'day of the month (UTC)'],
  [
    'dag__hour_failure_rate__128d',
    'ratio',
    'failures per try of the DAG queued in the same hour of the day, 128-day half-life',
  ],
  [
    'task__weekday_failure_rate__128d',
    'ratio',
    'failures per try of the task queued on the same weekday, 128-day half-life',
  ],
]);

export function hourOfDay(at: number): number {
  const hour = Math.floor(at / HOUR) % 24;
  return hour < 0 ? hour + 24 : hour;
}

/** 0 is Thursday, the first day of 1970. */
export function weekday(at: number): number {
  const day = Math.floor(at / DAY) % 7;
  return day < 0 ? day + 7 : day;
}

/** Days of the month by day, remembering the latest day asked for. */
export function createDayOfMonth(): (at: number) => number {
  let lastDay = NaN;
  let lastAnswer = NaN;
  return (at) => {
    const day = Math.floor(at / DAY);
    if (day !== lastDay) {
      lastDay = day;
      lastAnswer = new Date(day * DAY * 1000).getUTCDate();
    }
    return lastAnswer;
  };
}

const SINES = (period: number): Float64Array =>
  Float64Array.from({ length: period }, (_, i) => Math.sin((2 * Math.PI * i) / period));
const COSINES = (period: number): Float64Array =>
  Float64Array.from({ length: period }, (_, i) => Math.cos((2 * Math.PI * i) / period));
const HOUR_SINE = SINES(24);
const HOUR_COSINE = COSINES(24);
const WEEKDAY_SINE = SINES(7);
const WEEKDAY_COSINE = COSINES(7);

export const createCalendar: GroupFactory = (keys): FeatureGroup => {
  const byHour = new DecayedMean(128 * DAY, keys.dagIds, 24);
  const byWeekday = new DecayedMean(128 * DAY, keys.taskIds, 7);
  const dayOfMonth = createDayOfMonth();
  return {
    tryFeatures: CALENDAR,

    tryEnded({ label, fact, dag, task, at, age, endedAt }) {
      if (label < 0) return;
      const moment = fact.queuedAt ?? fact.startedAt ?? endedAt;
      byHour.add(dag.id * 24 + hourOfDay(moment), at, label, age);
      byWeekday.add(task.id * 7 + weekday(moment), at, label, age);
    },

    readTry({ dag, task, moment, now, dagRate }, out, offset) {
      const hour = hourOfDay(moment);
      const day = weekday(moment);
      out[offset] = HOUR_SINE[hour] ?? NaN;
      out[offset + 1] = HOUR_COSINE[hour] ?? NaN;
      out[offset + 2] = WEEKDAY_SINE[day] ?? NaN;
      out[offset + 3] = WEEKDAY_COSINE[day] ?? NaN;
      out[offset + 4] = dayOfMonth(moment);
      out[offset + 5] = byHour.mean(dag.id * 24 + hour, now, dagRate, 5);
      out[offset + 6] = byWeekday.mean(task.id * 7 + day, now, dagRate, 2);
    },
  };
};
