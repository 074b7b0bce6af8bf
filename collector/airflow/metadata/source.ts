import { ClockFilter } from '../clock-filter.js';
import type { AirflowApi, SurroundingsApi } from '../api.js';
import type { AirflowSource } from '../source.js';
import { METADATA_TUNING } from '../tuning.js';
import { createMetadataApi, readClock } from './api.js';
import { type MetadataOptions, type MetadataSettings, openMetadataConnection } from './connection.js';
import { type MetadataSchema, headWarning, readSchema } from './schema.js';
import { RunWatch } from './watch.js';

/**
 * An Airflow by its metadata database (PostgreSQL), read-only.
 * @param rest the same Airflow by REST, for what no database holds; closed with this source
 * @throws AppError `config_invalid` for a URL that is none
 */
export function openMetadataSource(
  settings: MetadataSettings,
  options: MetadataOptions,
  rest: AirflowSource,
): AirflowSource {
  const { logger, clock } = options;
  const metadata = openMetadataConnection(settings, options);
  const watch = new RunWatch();
  const serverClock = new ClockFilter();
  let toldHead: string | null = null;

  function tell(schema: MetadataSchema): void {
    const warning = headWarning(schema);
    if (warning !== null && toldHead !== schema.head) logger.warn({ head: schema.head }, warning);
    toldHead = schema.head;
  }

  return {
    name: 'airflow_metadata',
    address: metadata.address,
    tuning: METADATA_TUNING,
    async connect(signal) {
      const schema = await metadata.read(
        async (connection) => {
          const before = clock();
          const theirs = await readClock(connection);
          serverClock.add(theirs, before, clock());
          return readSchema(connection);
        },
        { signal, isSingleAttempt: true },
      );
      tell(schema);
      const { overlapSeconds } = METADATA_TUNING;
      const api = createMetadataApi(metadata, schema, { logger, signal, watch, overlapSeconds });
      return { version: schema.release, api: { ...api, ...askedByRest(rest) } };
    },
    clockSkewSeconds: () => serverClock.skewSeconds(),
    close: async () => {
      await Promise.all([metadata.close(), rest.close()]);
    },
  };
}

/** What the database is not asked for; the REST API is found when the first question comes. */
function askedByRest(rest: AirflowSource): SurroundingsApi & Pick<AirflowApi, 'logEnd'> {
  const ask = async <T>(question: (api: AirflowApi) => Promise<T>, signal?: AbortSignal): Promise<T> =>
    question((await rest.connect(signal)).api);
  return {
    newestDagVersions: () => ask((api) => api.newestDagVersions()),
    dagVersions: () => ask((api) => api.dagVersions()),
    assets: () => ask((api) => api.assets()),
    dagDependencies: () => ask((api) => api.dagDependencies()),
    assetEventsIn: (span, limits) => ask((api) => api.assetEventsIn(span, limits)),
    importErrors: () => ask((api) => api.importErrors()),
    health: () => ask((api) => api.health()),
    eventLogIn: (span, limits) => ask((api) => api.eventLogIn(span, limits)),
    logEnd: (of, keepBytes, signal) =>
      ask(
        (api) =>
          api.logEnd?.(of, keepBytes, signal) ??
          Promise.resolve({ unread: 'this Airflow gives no logs', isFinal: true }),
        signal,
      ),
  };
}
