import { expect, it } from 'vitest';
import { deadlineSchema } from '../../../core/config/deadlines.js';
import { configuredDeadline, findDeadline, nextTimeOfDay } from '../../../model/intervals/deadlines.js';

const at = (text: string): number => Date.parse(text) / 1000;

it('finds the first entry that matches deployment and DAG', () => {
  const entries = [
    deadlineSchema.parse({ deployment: 'production', dag_id: 'finance_*', at: '07:30' }),
    deadlineSchema.parse({ dag_id: 'a.b*c', minutes_after_due: 5 }),
    deadlineSchema.parse({ dag_id: '*', minutes_after_due: 60 }),
  ];
  expect(findDeadline(entries, 'production', 'finance_close')).toBe(entries[0]);
  expect(findDeadline(entries, 'staging', 'finance_close')).toBe(entries[2]);
  expect(findDeadline(entries, 'staging', 'a.b and c')).toBe(entries[1]);
  expect(findDeadline(entries, 'staging', 'axb and c')).toBe(entries[2]);
  expect(findDeadline(entries.slice(0, 2), 'staging', 'other')).toBeNull();
});

it('counts minutes from the due time', () => {
  const entry = deadlineSchema.parse({ minutes_after_due: 90 });
  expect(configuredDeadline(entry, 1000)).toEqual({ at: 1000 + 5400, source: 'configured' });
});

it('takes the first such time of day after the due time, in its zone', () => {
  const entry = deadlineSchema.parse({ at: '07:30', time_zone: 'Europe/Berlin' });
  expect(configuredDeadline(entry, at('2026-01-05T03:00:00Z')).at).toBe(at('2026-01-05T06:30:00Z'));
  expect(configuredDeadline(entry, at('2026-01-05T06:30:00Z')).at).toBe(at('2026-01-06T06:30:00Z'));
  expect(configuredDeadline(entry, at('2026-07-05T03:00:00Z')).at).toBe(at('2026-07-05T05:30:00Z'));
  expect(nextTimeOfDay(at('2026-01-05T23:30:00Z'), '00:15', 'Asia/Kathmandu')).toBe(
    at('2026-01-06T18:30:00Z'),
  );
});

it('knows that clocks are changed', () => {
  // Berlin: 02:00 to 03:00 does not exist on 29 March 2026, and comes twice on 25 October.
  expect(nextTimeOfDay(at('2026-03-28T22:00:00Z'), '02:30', 'Europe/Berlin')).toBe(
    at('2026-03-29T01:30:00Z'),
  );
  expect(nextTimeOfDay(at('2026-03-28T22:00:00Z'), '07:30', 'Europe/Berlin')).toBe(
    at('2026-03-29T05:30:00Z'),
  );
  expect(nextTimeOfDay(at('2026-10-24T22:30:00Z'), '07:30', 'Europe/Berlin')).toBe(
    at('2026-10-25T06:30:00Z'),
  );
});

it('refuses what is not one deadline', () => {
  const refused = (entry: unknown): string => deadlineSchema.safeParse(entry).error?.issues[0]?.message ?? '';
  expect(refused({ dag_id: 'x' })).toContain('exactly one');
  expect(refused({ minutes_after_due: 5, at: '07:30' })).toContain('exactly one');
  expect(refused({ at: '24:00' })).toContain('07:30');
  expect(refused({ at: '07:30', time_zone: 'Berlin' })).toContain('Europe/Berlin');
  expect(refused({ minutes_after_due: 0 })).not.toBe('');
  expect(refused({ minutes_after_due: 5, dag: 'x' })).not.toBe('');
});
