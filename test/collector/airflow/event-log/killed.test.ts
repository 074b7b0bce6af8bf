import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { TryObservation } from '../../../../core/facts.js';
import type { EventLogObservation } from '../../../../core/surroundings.js';
import { killedTries } from '../../../../collector/airflow/event-log/killed.js';
import { instant } from '../../../../collector/airflow/fields.js';
import { mapEventLog } from '../../../../collector/airflow/map-surroundings.js';
import { eventLogPage } from '../../../../collector/airflow/surrounding-fields.js';

const tryRow = z.object({
  dag_id: z.string(),
  dag_run_id: z.string(),
  task_id: z.string(),
  map_index: z.int(),
  try_number: z.int(),
  state: z.string(),
  start_date: instant,
  end_date: instant,
});
const recorded = z.record(
  z.string(),
  z.object({ event_logs: z.array(z.unknown()), tries: z.record(z.string(), z.array(tryRow)) }),
);

/** Recorded from real servers, where a running task was cleared and marked, and its whole run marked. */
const SAMPLES = recorded.parse(
  JSON.parse(readFileSync(new URL('../samples/event-log.json', import.meta.url), 'utf8')),
);

type Killable = Pick<
  TryObservation,
  'deployment' | 'dagId' | 'runId' | 'taskId' | 'mapIndex' | 'startedAt' | 'endedAt'
>;

function triesOf(version: string, name: string): Killable[] {
  return SAMPLES[version]!.tries[name]!.map((row) => ({
    deployment: 'd',
    dagId: row.dag_id,
    runId: row.dag_run_id,
    taskId: row.task_id,
    mapIndex: row.map_index,
    startedAt: row.start_date,
    endedAt: row.end_date,
  }));
}

function eventsOf(version: string): EventLogObservation[] {
  const page = eventLogPage.parse({ event_logs: SAMPLES[version]!.event_logs });
  return page.rows.flatMap((row) => mapEventLog(row, 'd', null) ?? []);
}

const RUNNING: Killable = {
  deployment: 'd',
  dagId: 'dag',
  runId: 'run',
  taskId: 'task',
  mapIndex: -1,
  startedAt: 100,
  endedAt: 200,
};

function event(more: Partial<EventLogObservation>): EventLogObservation {
  return {
    deployment: 'd',
    eventId: 1,
    eventTime: 199.97,
    event: 'patch_task_instance',
    action: 'mark',
    dagId: 'dag',
    taskId: 'task',
    runId: 'run',
    mapIndex: null,
    tryNumber: null,
    owner: 'admin',
    detail: { new_state: 'failed' },
    ...more,
  };
}

describe('a try that a person ended', () => {
  it.each([
    ['3.2.1', ['cleared', 'marked', 'run_marked']],
    ['2.11.0', ['cleared', 'marked', 'run_marked', 'view_marked', 'view_cleared']],
  ])('is known by the event log of Airflow %s', (version, names) => {
    const events = eventsOf(version);
    for (const name of names) {
      const tries = triesOf(version, name);
      expect(killedTries(tries, events), name).toEqual(tries);
      expect(killedTries(tries, []), `${name}, without the event log`).toEqual([]);
    }
  });

  it.each<[string, Partial<EventLogObservation>]>([
    ['the whole run', { event: 'patch_dag_run', taskId: null, detail: { state: 'failed' } }],
    ['the task by its id', { action: 'clear', taskId: null, detail: { task_ids: ['other', 'task'] } }],
    ['what lies downstream', { action: 'clear', detail: { include_downstream: true }, taskId: 'above' }],
    ['the instance by a pair', { action: 'clear', taskId: null, detail: { task_ids: [['task', -1]] } }],
  ])('is killed when %s was asked for', (_name, more) => {
    expect(killedTries([RUNNING], [event(more)])).toEqual([RUNNING]);
  });

  it.each<[string, Partial<EventLogObservation>]>([
    ['another run', { runId: 'other' }],
    ['another deployment', { deployment: 'e' }],
    ['another task', { taskId: 'other' }],
    ['another mapped instance', { mapIndex: 3 }],
    ['other tasks', { action: 'clear', taskId: null, detail: { task_ids: ['other'] } }],
    ['failed tasks only', { action: 'clear', taskId: null, detail: { only_failed: true } }],
    ['a dry run', { action: 'clear', detail: { dry_run: true } }],
    ['a run to be queued', { event: 'patch_dag_run', taskId: null, detail: { state: 'queued' } }],
    ['nothing of the kind', { action: 'pause', event: 'patch_dag' }],
  ])('is not killed when %s was asked for', (_name, more) => {
    expect(killedTries([RUNNING], [event(more)])).toEqual([]);
  });

  it.each([
    ['long before its end', 150],
    ['after its end', 202],
    ['before its start', 98],
  ])('is not killed by a request %s', (_name, eventTime) => {
    expect(killedTries([RUNNING], [event({ eventTime })])).toEqual([]);
  });

  it('is only one that ran and ended', () => {
    const waiting = { ...RUNNING, startedAt: null, endedAt: null };
    expect(killedTries([waiting, { ...RUNNING, endedAt: null }], [event({})])).toEqual([]);
  });
});
