import type { Queryable } from '../../../core/database/port.js';
import { BinaryCopyDecoder } from '../../../core/fact-log/binary-copy-decoder.js';
import type { ApiDagRun, ApiTaskInstance } from '../rows.js';
import { attemptNumber } from '../v1/try-number.js';
import { DagVersions } from './dag-versions.js';
import type { MetadataSchema } from './schema.js';

/** Reads the rows of one statement as they arrive; null when there are more than `maxRows`. */
export type RowReader<T> = (connection: Queryable, select: string, maxRows: number) => Promise<T[] | null>;

/** A reader keeps the texts that it has seen: ids, states and names come again and again. Not for use side by side. */
function createReader<T>(columns: number, toRow: (decoder: BinaryCopyDecoder) => T): RowReader<T> {
  const decoder = new BinaryCopyDecoder(columns);
  return async (connection, select, maxRows) => {
    const limit = Number.isFinite(maxRows) ? ` LIMIT ${Math.trunc(maxRows) + 1}` : '';
    const rows: T[] = [];
    decoder.restart();
    for await (const chunk of connection.copyTo(`COPY (${select}${limit}) TO STDOUT (FORMAT binary)`)) {
      decoder.push(chunk as Buffer);
      while (decoder.next()) rows.push(toRow(decoder));
    }
    if (!decoder.isDone) throw new Error('The metadata database ended a COPY before its end mark');
    return rows.length > maxRows ? null : rows;
  };
}

export function createRunReader(): RowReader<ApiDagRun> {
  return createReader(9, (row) => ({
    dag_id: row.text(0)!,
    dag_run_id: row.text(1)!,
    state: row.text(2) ?? '',
    run_type: row.text(3),
    run_after: row.timestamp(4),
    logical_date: row.timestamp(5),
    queued_at: row.timestamp(6),
    start_date: row.timestamp(7),
    end_date: row.timestamp(8),
  }));
}

/** Rows of task_instance or its history, told in the words of the REST API. */
export function createTryReader({ generation, minor }: MetadataSchema): RowReader<ApiTaskInstance> {
  const versions = new DagVersions();
  const read = createReader(16, (from): ApiTaskInstance => {
    const state = from.text(6);
    const tryNumber = from.integer32(4);
    const row = {
      dag_id: from.text(0)!,
      dag_run_id: from.text(1)!,
      task_id: from.text(2)!,
      map_index: from.integer32(3),
      try_number: generation === 2 ? attemptNumber(tryNumber, state, minor) : tryNumber,
      max_tries: from.integer32(5),
      state,
      scheduled_when: from.timestamp(7),
      queued_when: from.timestamp(8),
      start_date: from.timestamp(9),
      end_date: from.timestamp(10),
      operator: from.text(11),
      pool: from.text(12),
      queue: from.text(13),
      hostname: from.text(14),
      dag_version: null,
    };
    const versionId = from.text(15);
    if (versionId !== null) versions.assign(row, versionId);
    return row;
  });
  return async (connection, select, maxRows) => {
    versions.abandon();
    const rows = await read(connection, select, maxRows);
    if (rows !== null) await versions.resolve(connection);
    return rows;
  };
}
