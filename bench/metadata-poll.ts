import { setTimeout as sleep } from 'node:timers/promises';
import { collectOnce, openSource } from '../collector/airflow/collect.js';
import { createMemory } from '../collector/airflow/context.js';
import { systemClock } from '../core/clock.js';
import { deploymentSchema } from '../core/config/schema.js';
import type { Database } from '../core/database/port.js';
import { silentLogger } from '../core/logger.js';
import { timed } from './copy-rate.js';
import type { MetadataBench } from './metadata-bench.js';
import { type Timing, timingOf } from './timing.js';

export interface PollMeasurement {
  /** Milliseconds of a whole pass in which twenty runs changed. */
  readonly pass: Timing;
  /** How often one of the polls read all of task_instance, which has no index on what changed. */
  readonly wholeTableReads: number;
  /** Tries that changed, and those of them that were found by the next poll. */
  readonly changed: number;
  readonly found: number;
}

const POLLS = 20;

/** Twenty runs go on between two polls: ten are active, ten are cleared ones of long ago. */
const CHANGE = `
  WITH run AS (
    UPDATE dag_run SET state = CASE WHEN id % 2 = 0 THEN 'running' ELSE 'success' END, updated_at = now(), end_date = now()
    WHERE id BETWEEN $1 * 1000 + 1 AND $1 * 1000 + 20 RETURNING dag_id, run_id
  ), named AS (
    INSERT INTO log (id, dttm, dag_id, run_id, event)
    SELECT (SELECT max(id) FROM log) + row_number() OVER (), now(), dag_id, run_id, 'clear' FROM run
  )
  UPDATE task_instance t SET state = 'running', try_number = 3, updated_at = now(), start_date = now(), end_date = NULL
  FROM run WHERE t.dag_id = run.dag_id AND t.run_id = run.run_id AND t.task_id = 'task_3'`;

/** Polls a metadata database with a million task instances after its history has been read. */
export async function measurePolls({ airflow, airflowUrl, store }: MetadataBench): Promise<PollMeasurement> {
  const deployment = deploymentSchema.parse({
    url: 'http://127.0.0.1:1',
    metadata_database_url: airflowUrl,
    history_days: 3650,
    failure_reasons: { enabled: false },
  });
  const options = { database: store, logger: silentLogger(), clock: systemClock };
  const source = openSource(deployment, options);
  const memory = createMemory();
  try {
    const poll = () => collectOnce(deployment, source, memory, options);
    // The first pass of a process looks further.
    await poll();
    const before = await wholeTableReads(airflow, poll);
    const milliseconds: number[] = [];
    let changed = 0;
    let found = 0;
    for (let round = 0; round < POLLS; round++) {
      changed += await airflow.execute(CHANGE, [round]);
      const [result, seconds] = await timed(poll);
      milliseconds.push(Math.round(seconds * 1000));
      found += result.tries.appended;
    }
    return {
      pass: timingOf(milliseconds),
      wholeTableReads: (await wholeTableReads(airflow, poll)) - before,
      changed,
      found,
    };
  } finally {
    await source.close();
  }
}

/** A server process tells its counts at the end of a transaction, at most once a second. */
async function wholeTableReads(airflow: Database, poll: () => Promise<unknown>): Promise<number> {
  await sleep(1100);
  await poll();
  const [row] = await airflow.query<{ n: number }>(
    "SELECT seq_scan AS n FROM pg_stat_user_tables WHERE relname = 'task_instance'",
  );
  return row!.n;
}
