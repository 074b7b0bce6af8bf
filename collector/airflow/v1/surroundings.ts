import type { ApiOptions, Span, SurroundingsApi } from '../api.js';
import { EXECUTOR_EVENTS, TRANSITION_EVENTS } from '../event-log/action.js';
import type { AirflowClient } from '../http/client.js';
import { readImportErrors } from '../import-errors.js';
import { formatInstant, justBefore } from '../instant.js';
import type { Lister } from '../list.js';
import { createPageReader } from '../pages.js';
import type { ApiAssetEvent } from '../rows.js';
import { eventLogPage, healthAnswer } from '../surrounding-fields.js';
import { datasetEventPage, datasetPage } from './schemas.js';

const API = ['api', 'v1'] as const;

/** Marks on the web pages of Airflow 2 are called `success` and `failed` too, so those are read and told apart here. */
const EXCLUDED_EVENTS = [
  ...TRANSITION_EVENTS.filter((event) => event !== 'success' && event !== 'failed'),
  ...EXECUTOR_EVENTS,
];

/** Updates of datasets are read from the newest one back, up to this many at a time. */
const MAX_DATASET_EVENTS = 50_000;

/** What surrounds the runs, of Airflow 2, which has no versions of DAGs and keeps their dependencies to itself. */
export function createSurroundingsV1(
  client: AirflowClient,
  options: ApiOptions,
  { list, listAll }: Lister,
): SurroundingsApi {
  const { signal } = options;
  return {
    newestDagVersions: () => Promise.resolve(null),
    dagVersions: () => Promise.resolve([]),
    assets: () => listAll([...API, 'datasets'], { order_by: 'id' }, datasetPage, (dataset) => dataset.uri),
    dagDependencies: () => Promise.resolve(null),
    assetEventsIn: (span) => readDatasetEvents(client, options, span),
    importErrors: () =>
      readImportErrors(
        client,
        [...API, 'importErrors'],
        { order_by: 'import_error_id' },
        { signal, login: 'basic' },
      ),
    health: () => client.get([...API, 'health'], {}, healthAnswer, { signal, login: 'none' }),
    eventLogIn(span, limits) {
      const query = {
        after: formatInstant(justBefore(span.from)),
        before: span.to === null ? undefined : formatInstant(span.to),
        excluded_events: EXCLUDED_EVENTS.join(','),
        order_by: 'event_log_id',
      };
      return list([...API, 'eventLogs'], query, eventLogPage, (row) => String(row.event_log_id), limits);
    },
  };
}

/** No filter knows their time, so they are read from the newest one back. New ones push the others back, which repeats some. */
async function readDatasetEvents(
  client: AirflowClient,
  { pageSize, signal }: ApiOptions,
  span: Span,
): Promise<ApiAssetEvent[]> {
  const found = new Map<number, ApiAssetEvent>();
  const read = createPageReader<ApiAssetEvent>({
    pageSize,
    keyOf: (event) => String(event.id),
    read: ({ limit, offset }) =>
      client.get(
        [...API, 'datasets', 'events'],
        { order_by: '-timestamp', limit, offset },
        datasetEventPage,
        { signal, login: 'basic' },
      ),
  });
  for (let offset = 0; found.size < MAX_DATASET_EVENTS;) {
    const { rows } = await read({ offset });
    for (const row of rows) if (isIn(row.timestamp, span)) found.set(row.id, row);
    offset += rows.length;
    const oldest = rows.at(-1);
    if (oldest === undefined || oldest.timestamp < span.from) break;
  }
  return [...found.values()];
}

function isIn(time: number, { from, to }: Span): boolean {
  return time >= from && (to === null || time < to);
}
