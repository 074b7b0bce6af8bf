import { expect } from 'vitest';
import type { Database } from '../../core/database/port.js';
import { until } from './until.js';

interface Counts extends Record<string, unknown> {
  readonly failures: number;
  readonly explained: number;
  readonly waiting: number;
  readonly live: number;
  /** Of history, told as known when the tries ended. */
  readonly history: number;
}

async function counts(database: Database): Promise<Counts> {
  const [row] = await database.query<Counts>(
    `SELECT
       (SELECT count(*) FROM try_fact WHERE state IN ('failed', 'up_for_retry') AND new_phases & 4 > 0)::integer AS failures,
       (SELECT count(*) FROM failure_log_queue)::integer AS waiting,
       count(*)::integer AS explained,
       count(*) FILTER (WHERE NOT visibility_assumed)::integer AS live,
       count(*) FILTER (WHERE visibility_assumed)::integer AS history
     FROM failure_reason_fact`,
  );
  return row!;
}

/** Until no log waits for its first reading: what is left is asked for again much later. */
export async function untilLogsAreRead(database: Database): Promise<void> {
  const unread = 'SELECT FROM failure_log_queue WHERE attempts = 0 LIMIT 1';
  await until(async () => (await database.query(unread)).length === 0, 120, 'every log has been asked for');
}

/** The errors of the tasks themselves; Airflow may also end a try, when its server is away or slow, and a rule knows that. */
const OWN_ERROR = `evidence ~ '^(ValueError|RuntimeError): '`;

/** Every failure has a reason or waits for one, and those whose errors are known have the right one. */
export async function expectReasons(database: Database): Promise<void> {
  const counted = await counts(database);
  console.log(`reasons ${JSON.stringify(counted)}`);
  expect(counted.explained + counted.waiting).toBe(counted.failures);
  expect(counted.history).toBeGreaterThan(0);
  const known = await database.query<{ task_id: string }>(
    `SELECT DISTINCT task_id, map_index >= 0 AS mapped, class, rule, regexp_replace(evidence, '[0-9]', 'N') AS evidence
     FROM failure_reason_fact
     WHERE (dag_id, task_id) IN (('to_clear', 'bad'), ('retry.dots', 'mapped'), ('retry.dots', 'flaky'))
       AND unread IS NULL AND ${OWN_ERROR}
     ORDER BY task_id`,
  );
  const unknown = { class: 'unknown', rule: null };
  const expected = [
    { task_id: 'bad', mapped: false, ...unknown, evidence: 'ValueError: always' },
    { task_id: 'flaky', mapped: false, ...unknown, evidence: 'RuntimeError: flaky' },
    { task_id: 'mapped', mapped: true, ...unknown, evidence: 'ValueError: N' },
  ];
  expect(known).toContainEqual(expected[0]);
  // The others fail by chance: often, but perhaps not yet.
  expect(known).toEqual(expected.filter(({ task_id }) => known.some((row) => row.task_id === task_id)));
  const templates = await database.query<{ n: number }>(
    `SELECT count(DISTINCT template_id)::integer AS n FROM failure_reason_fact
     WHERE task_id = 'mapped' AND unread IS NULL AND ${OWN_ERROR}`,
  );
  expect(templates[0]!.n).toBeLessThanOrEqual(1);
  const [unnamed] = await database.query<{ n: number }>(
    `SELECT count(*)::integer AS n FROM failure_reason_fact
     WHERE task_id = 'mapped' AND unread IS NULL AND NOT ${OWN_ERROR} AND rule IS NULL`,
  );
  expect(unnamed!.n).toBe(0);
}

/** Failures that were followed live have reasons that became visible when they were learnt. */
export async function expectLiveReasons(database: Database): Promise<void> {
  const { live } = await counts(database);
  expect(live).toBeGreaterThan(0);
  const [early] = await database.query<{ n: number }>(
    'SELECT count(*)::integer AS n FROM failure_reason_fact WHERE NOT visibility_assumed AND known_at < event_time',
  );
  expect(early!.n).toBe(0);
}
