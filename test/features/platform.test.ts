/** The platform, and what people changed. */
import { expect, it } from 'vitest';
import type { AnyFact } from '../../core/fact-log/read.js';
import {
  DAY,
  HOUR,
  MINUTE,
  START,
  dagRunFeatures,
  dagRunSubject,
  engineAt,
  tryFact,
  tryFeatures,
  trySubject,
} from './support.js';
import { importErrorFact, personActionFact, platformFact, poolFact } from './surroundings.js';

const read = (facts: readonly AnyFact[], now: number, changes = {}): ((name: string) => number) =>
  tryFeatures(engineAt([tryFact(), ...facts], now), trySubject({ queuedAt: now, ...changes }), now);

it('a measurement counts while it is fresh, in tries and in runs', () => {
  const name = 'platform__scheduler_heartbeat_age__now';
  const facts = [platformFact({ value: 100, eventTime: START + HOUR })];
  expect(read(facts, START + HOUR)(name)).toBeNaN();
  expect(read(facts, START + HOUR + MINUTE)(name)).toBeCloseTo(Math.log1p(100), 5);
  expect(read(facts, START + HOUR + 16 * MINUTE)(name)).toBeNaN();
  const now = START + HOUR + MINUTE;
  expect(dagRunFeatures(engineAt([tryFact(), ...facts], now), dagRunSubject(), now)(name)).toBeCloseTo(
    Math.log1p(100),
    5,
  );
});

it('a queue and a parse time far beyond the usual are surprising', () => {
  const facts = (['executor_queued_tasks', 'dag_processing_total_parse_time_seconds'] as const).flatMap(
    (name) =>
      Array.from({ length: 50 }, (_, i) =>
        platformFact({ name, value: i === 49 ? 400 : 5 + (i % 3), eventTime: START + i * MINUTE }),
      ),
  );
  const late = read(facts, START + 49 * MINUTE + 1);
  expect(late('platform__executor_queued_surprise__now')).toBeGreaterThan(3);
  expect(late('platform__parse_time_surprise__now')).toBeGreaterThan(3);
  expect(
    Math.abs(read(facts, START + 48 * MINUTE + 1)('platform__executor_queued_surprise__now')),
  ).toBeLessThan(2);
  expect(late('platform__executor_open_slots__now')).toBeNaN();
});

it('import errors count until they are resolved, and are found by the file of the DAG', () => {
  const dag: AnyFact = {
    kind: 'dag',
    fact: {
      deployment: 'default',
      dagId: 'dag',
      isActive: true,
      isPaused: false,
      schedule: null,
      owners: [],
      tags: [],
      nextRunAfter: null,
      fileLocation: '/opt/dags/team/dag.py',
      factId: 1,
      eventTime: START,
      knownAt: START,
      visibilityAssumed: false,
    },
  };
  const broken = importErrorFact({ file: 'team/dag.py', eventTime: START + HOUR });
  const other = importErrorFact({ file: 'ag.py', eventTime: START + HOUR });
  const fixed = importErrorFact({ file: 'team/dag.py', isResolved: true, eventTime: START + 2 * HOUR });
  expect(read([dag], START + DAY)('platform__import_errors__now')).toBeNaN();
  const now = START + DAY;
  const during = read([dag, broken, other], now);
  expect([during('platform__import_errors__now'), during('dag__has_import_error__now')]).toEqual([2, 1]);
  const after = read([dag, broken, other, fixed], now);
  expect([after('platform__import_errors__now'), after('dag__has_import_error__now')]).toEqual([1, 0]);
});

it('settings changed for all, and what was done to the DAG', () => {
  const facts = [
    personActionFact({ eventTime: START + HOUR }),
    personActionFact({ action: 'clear', dagId: 'dag', eventTime: START + 2 * HOUR }),
    personActionFact({ action: 'clear', dagId: 'other', eventTime: START + 3 * HOUR }),
  ];
  const now = START + 4 * HOUR;
  expect(read(facts, now)('deployment__since_settings_change__now')).toBeCloseTo(Math.log1p(3 * HOUR), 5);
  expect(read(facts, now)('dag__since_person_action__now')).toBeCloseTo(Math.log1p(2 * HOUR), 5);
  expect(read([], now)('dag__since_person_action__now')).toBeNaN();
});

it('a pool fuller than usual is surprising', () => {
  const facts = Array.from({ length: 30 }, (_, i) =>
    poolFact({ pool: 'default_pool', occupiedSlots: i === 29 ? 10 : 2, eventTime: START + i * MINUTE }),
  );
  const name = 'pool__occupied_surprise__now';
  expect(read(facts, START + DAY)(name)).toBeGreaterThan(3);
  expect(Math.abs(read(facts.slice(0, 29), START + DAY)(name))).toBeLessThan(1);
  expect(read(facts, START + DAY, { pool: 'unknown' })(name)).toBeNaN();
});

it('a long way from being scheduled to being queued is surprising', () => {
  const facts = Array.from({ length: 20 }, (_, i) => {
    const scheduledAt = START + i * HOUR;
    return tryFact({
      runId: `run ${i}`,
      scheduledAt,
      queuedAt: scheduledAt + 3,
      startedAt: null,
      endedAt: scheduledAt + 9,
    });
  });
  const name = 'task__schedule_delay_surprise__now';
  const now = START + 30 * HOUR;
  expect(read(facts, now, { scheduledAt: now - 900 })(name)).toBeGreaterThan(3);
  expect(Math.abs(read(facts, now, { scheduledAt: now - 3 })(name))).toBeLessThan(1);
  expect(read(facts, now, { stage: 'planned', queuedAt: null, scheduledAt: now - 3 })(name)).toBeNaN();
});
