/** Collection from Airflow: over its REST APIs (v1 of Airflow 2.9 to 2.11, v2 of Airflow 3), or from its metadata database. */
export type { RestVersion } from './api.js';
export { collectAirflow, sourceName, type CollectOptions, type CollectResult } from './collect.js';
export { detectAuthManager, type AuthManager } from './auth-manager.js';
export type { Tuning } from './tuning.js';
export { AirflowError, isAirflowError, type AirflowErrorKind } from './http/airflow-error.js';
export {
  createAirflowClient,
  type AirflowClient,
  type AirflowConnection,
  type ClientOptions,
} from './http/client.js';
export { grantsFor } from './metadata/columns.js';
export { deadlineGrants } from './metadata/deadlines.js';
export { openMetadataConnection, type MetadataConnection } from './metadata/connection.js';
export { describeKnownHeads } from './metadata/heads.js';
export type { MetadataSchema } from './metadata/schema.js';
export { inspectSchema, inspectServer, type MetadataInspection } from './metadata/inspect.js';
export { pollAirflow, type CollectorErrorKind, type CollectorStatus, type PollOptions } from './poll.js';
export { parseAddress } from './http/address.js';
export { tokenEnd } from './http/token-session.js';
export { findAirflow, probeAirflow, type AirflowProbe, type FoundAirflow } from './probe.js';
export {
  createReadingTester,
  OPTIONAL_READINGS,
  READINGS,
  type PageSize,
  type Reading,
  type ReadingOutcome,
  type ReadingTester,
} from './readings.js';
export { airflowConnection } from './rest-source.js';
export type { SourceName } from './state.js';
export type { Count, Kind, Tally } from './write-batch.js';
