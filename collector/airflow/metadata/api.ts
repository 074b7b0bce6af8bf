import type { Queryable } from '../../../core/database/port.js';
import type { UnixSeconds } from '../../../core/facts.js';
import type { Logger } from '../../../core/logger.js';
import type { AirflowApi, ListLimits, Span, SpanRows, SurroundingsApi } from '../api.js';
import { AirflowError, isAirflowError } from '../http/airflow-error.js';
import { formatInstant } from '../instant.js';
import type { ApiDeadline } from '../rows.js';
import { readChangedRuns, readEveryChange, readSigns } from './candidates.js';
import type { MetadataConnection } from './connection.js';
import { readDags } from './dags.js';
import { readDeadlines } from './deadlines.js';
import { readPools } from './pools.js';
import type { MetadataSchema } from './schema.js';
import { createSpanReader } from './span-reader.js';
import { readNewestDags, readTasks } from './tasks.js';
import type { RunWatch } from './watch.js';

export interface MetadataApiOptions {
  readonly logger: Logger;
  readonly signal: AbortSignal | undefined;
  /** Remembers between polls which runs may change. */
  readonly watch: RunWatch;
  /** How far a look at everything goes back behind the one before. */
  readonly overlapSeconds: number;
}

/** What the metadata database answers. */
export type MetadataApi = Omit<AirflowApi, keyof SurroundingsApi | 'logEnd'>;

/** What ORC asks Airflow of its runs, answered by its metadata database: Airflow 2.9 to 2.11 and 3.0 to 3.3. */
export function createMetadataApi(
  metadata: MetadataConnection,
  schema: MetadataSchema,
  { logger, signal, watch, overlapSeconds }: MetadataApiOptions,
): MetadataApi {
  const spans = createSpanReader(schema);
  const due = schema.generation === 3 ? 'run_after' : 'execution_date';
  const ask = <T>(work: (connection: Queryable) => Promise<T>, limits?: ListLimits): Promise<T> =>
    metadata.read(work, { signal, isTimeoutFinal: limits?.isTimeoutFinal ?? false });

  /** What shows no sign of change is looked for rarely, on a snapshot of its own. */
  async function lookAtEverything(now: UnixSeconds, since: UnixSeconds): Promise<void> {
    const startedAt = performance.now();
    const tookSeconds = (): number => (performance.now() - startedAt) / 1000;
    try {
      const ids = await ask((connection) => readEveryChange(connection, since), {
        maxRows: Infinity,
        isTimeoutFinal: true,
      });
      watch.addEverything(ids, now, now + tookSeconds(), overlapSeconds);
    } catch (error) {
      if (!isAirflowError(error, 'timeout')) throw error;
      watch.postpone(now, tookSeconds());
      logger.info({ err: error }, 'task_instance is too large to be looked at as a whole');
    }
  }

  async function changedIn(span: Span, limits: ListLimits): Promise<SpanRows | null> {
    const now = await ask((connection) => readClock(connection));
    if (watch.isEverythingDue(now) && watch.everythingFrom !== null) {
      await lookAtEverything(now, watch.everythingFrom);
    }
    return ask(async (connection) => {
      const isFirst = watch.lastRunId === null;
      const changed = isFirst ? await readChangedRuns(connection, span.from) : [];
      const signs = await readSigns(connection, span.from, watch.lastRunId);
      const candidates = watch.candidates(span.from, signs, changed);
      return spans.changed(connection, candidates, span, limits);
    }, limits);
  }

  function deadlinesIn(span: Span, limits: ListLimits): Promise<readonly ApiDeadline[] | null> {
    const { form, missingGrants } = schema.deadlines!;
    if (missingGrants !== null) {
      throw new AirflowError('unauthorized', 'the role may not read deadlines in the metadata database', {
        isForbidden: true,
        fix: `As the owner of Airflow's tables:\n${missingGrants}`,
      });
    }
    return ask((connection) => readDeadlines(connection, form, span, limits), limits);
  }

  return {
    restVersion: null,
    concurrency: 1,
    dueField: schema.generation === 3 ? 'run_after' : 'logical_date',
    history: null,
    dags: () => ask((connection) => readDags(connection, schema)),
    tasks: (dagIds) => ask((connection) => readTasks(connection, schema, dagIds, logger)),
    newestDagChanges: () => ask(readNewestDags),
    countDagRuns: (from) =>
      ask(async (connection) => {
        const sql = `SELECT count(*) AS count FROM dag_run WHERE ${due} >= $1::timestamptz`;
        return (await connection.query<{ count: number }>(sql, [beginning(from)]))[0]!.count;
      }),
    dagRunDue: (which, from) =>
      ask(async (connection) => {
        const sql = `SELECT extract(epoch FROM ${which === 'first' ? 'min' : 'max'}(${due}))::double precision AS due
                     FROM dag_run WHERE ${due} >= $1::timestamptz`;
        return (await connection.query<{ due: number | null }>(sql, [beginning(from)]))[0]!.due;
      }),
    dueIn: (span, limits) => ask((connection) => spans.due(connection, span, limits), limits),
    changedIn,
    pools: () => ask(readPools),
    deadlinesIn: schema.deadlines === null ? null : deadlinesIn,
  };
}

export async function readClock(connection: Queryable): Promise<UnixSeconds> {
  const [row] = await connection.query<{ now: number }>(
    'SELECT extract(epoch FROM clock_timestamp())::double precision AS now',
  );
  return row!.now;
}

function beginning(from: UnixSeconds | null): string {
  return from === null ? '-infinity' : formatInstant(from);
}
