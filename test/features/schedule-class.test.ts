import { describe, expect, it } from 'vitest';
import { scheduleClass, startedBy } from '../../features/schedule-class.js';

describe('the class of a schedule', () => {
  it.each([
    ['* * * * *', 'sub_hourly'],
    ['*/5 * * * *', 'sub_hourly'],
    ['0,30 * * * *', 'sub_hourly'],
    ['@hourly', 'hourly'],
    ['15 * * * *', 'hourly'],
    ['0 */6 * * *', 'hourly'],
    ['0 0,12 * * *', 'hourly'],
    ['30 3 * * *', 'daily'],
    ['0 6 * * 1-5', 'daily'],
    ['0 6 * * MON', 'weekly'],
    ['0 6 1 * *', 'weekly'],
    ['0 6 * 1 *', 'weekly'],
    ['@daily', 'daily'],
    ['@yearly', 'weekly'],
    ['0:20:00', 'sub_hourly'],
    ['1:00:00', 'hourly'],
    ['12:00:00', 'hourly'],
    ['1 day, 0:00:00', 'daily'],
    ['7 days, 0:00:00', 'weekly'],
    ['Asset', 'asset'],
    ['Dataset', 'asset'],
  ])('of %s is %s', (text, expected) => {
    expect(scheduleClass(text)).toBe(expected);
  });

  it.each([
    null,
    '',
    'Never, external triggers only',
    '0:00:00',
    '1 2 3',
    '? ? ? ? ?',
    'constructor',
    '@once',
  ])('of %j is not known', (text) => {
    expect(scheduleClass(text)).toBeNull();
  });
});

it('a run is of the schedule when it is scheduled, else of how it came to be', () => {
  expect(startedBy('daily', 'scheduled')).toBe('daily');
  expect(startedBy('daily', null)).toBe('daily');
  expect(startedBy('daily', 'manual')).toBe('manual');
  expect(startedBy(null, 'scheduled')).toBe('scheduled');
  expect(startedBy(null, null)).toBeNull();
});
