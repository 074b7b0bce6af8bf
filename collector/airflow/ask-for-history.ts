import type { EarlierTries, HistoryApi, RetriesOf, SpanRows } from './api.js';
import { mapConcurrent } from './concurrent.js';
import type { Pass } from './context.js';

export interface AskedHistory {
  readonly tries: EarlierTries;
  /** Ids of the task instances that answered; the others are asked again when they are next listed. */
  readonly ids: readonly string[];
}

/** Earlier tries, fetched one task instance at a time because the REST API offers no list of them. */
export async function askForHistory(
  pass: Pass,
  history: HistoryApi,
  read: SpanRows,
  retriesOf: RetriesOf,
): Promise<AskedHistory> {
  const needed = history
    .selectForHistory(read, retriesOf)
    .filter((row) => row.id == null || !pass.memory.historyRead.has(row.id));
  const answers = await mapConcurrent(needed, pass.api.concurrency, (row) => history.tries(row));
  const unreadable = answers.filter((answer) => answer === null).length;
  if (unreadable > 0) {
    pass.logger.warn(
      { count: unreadable },
      'earlier tries were not to be had: deleted meanwhile, or an id that Airflow cannot route',
    );
  }
  return {
    tries: new Map(needed.map((row, index) => [row, answers[index] ?? []])),
    ids: needed.flatMap((row, index) => (row.id == null || answers[index] === null ? [] : [row.id])),
  };
}
