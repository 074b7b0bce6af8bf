import type { ApiOptions, SurroundingsApi } from '../api.js';
import { EXECUTOR_EVENTS, TRANSITION_EVENTS } from '../event-log/action.js';
import type { AirflowClient } from '../http/client.js';
import { readImportErrors } from '../import-errors.js';
import { formatInstant, justBefore } from '../instant.js';
import { type Lister, spanQuery } from '../list.js';
import { eventLogPage, healthAnswer } from '../surrounding-fields.js';
import { dependenciesOf, dependencyGraph } from './dependencies.js';
import { assetEventPage, assetPage, dagVersionPage } from './schemas.js';

const API = ['api', 'v2'] as const;
const DAG_VERSIONS = [...API, 'dags', '~', 'dagVersions'] as const;

/** In Airflow 3, only tasks write these; people's marks are called `patch_task_instance`. */
const EXCLUDED_EVENTS = [...TRANSITION_EVENTS, ...EXECUTOR_EVENTS];

/** What surrounds the runs, of Airflow 3. */
export function createSurroundingsV2(
  client: AirflowClient,
  { pageSize, signal }: ApiOptions,
  { list, listAll }: Lister,
): SurroundingsApi {
  return {
    async newestDagVersions() {
      const query = { order_by: '-id', limit: pageSize };
      return (await client.get(DAG_VERSIONS, query, dagVersionPage, { signal })).rows;
    },
    dagVersions: () => listAll(DAG_VERSIONS, { order_by: 'id' }, dagVersionPage, (row) => row.id),
    assets: () =>
      listAll([...API, 'assets'], { order_by: 'id' }, assetPage, (asset) =>
        JSON.stringify([asset.name, asset.uri]),
      ),
    async dagDependencies() {
      return dependenciesOf(await client.get(['ui', 'dependencies'], {}, dependencyGraph, { signal }));
    },
    assetEventsIn(span, limits) {
      const query = { ...spanQuery('timestamp', span), order_by: 'timestamp' };
      return list([...API, 'assets', 'events'], query, assetEventPage, (event) => String(event.id), limits);
    },
    importErrors: () =>
      readImportErrors(client, [...API, 'importErrors'], { order_by: 'id' }, { signal, login: 'token' }),
    health: () => client.get([...API, 'monitor', 'health'], {}, healthAnswer, { signal, login: 'none' }),
    eventLogIn(span, limits) {
      const query = {
        // Neither bound includes its own time.
        after: formatInstant(justBefore(span.from)),
        before: span.to === null ? undefined : formatInstant(span.to),
        excluded_events: EXCLUDED_EVENTS,
        order_by: 'event_log_id',
      };
      return list([...API, 'eventLogs'], query, eventLogPage, (row) => String(row.event_log_id), limits);
    },
  };
}
