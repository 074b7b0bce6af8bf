import type { MetadataConnection } from './connection.js';
import { TABLES } from './columns.js';
import { type MetadataSchema, readSchema } from './schema.js';

/** What a look at a metadata database tells of its server and of our role there. */
export interface MetadataInspection {
  /** Of PostgreSQL. */
  readonly serverVersion: string;
  /** Quoted where it must be. */
  readonly role: string;
  readonly isSuperuser: boolean;
  /** Tables that this role could change. */
  readonly writableTables: readonly string[];
  readonly isReplica: boolean;
  /** How far a replica is behind; null on a primary, and where that is not known. */
  readonly replicaLagSeconds: number | null;
}

const SERVER = `
  SELECT current_setting('server_version') AS "serverVersion", quote_ident(current_user) AS role,
    (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) AS "isSuperuser",
    pg_is_in_recovery() AS "isReplica",
    CASE
      WHEN NOT pg_is_in_recovery() THEN NULL
      WHEN pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() THEN 0
      ELSE extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp())::double precision
    END AS "replicaLagSeconds",
    ARRAY(
      SELECT name FROM unnest($1::text[]) AS wanted (name)
      WHERE has_table_privilege(to_regclass(name)::oid, 'INSERT, UPDATE, DELETE, TRUNCATE')
    ) AS "writableTables"`;

/** @throws AirflowError when it cannot be reached */
export function inspectServer(
  metadata: MetadataConnection,
  signal: AbortSignal,
): Promise<MetadataInspection> {
  return metadata.read(
    async (connection) => {
      const rows = await connection.query<MetadataInspection & Record<string, unknown>>(SERVER, [TABLES]);
      return rows[0]!;
    },
    { signal, isSingleAttempt: true },
  );
}

/** @throws AirflowError that names the column that is missing, or the GRANT */
export function inspectSchema(metadata: MetadataConnection, signal: AbortSignal): Promise<MetadataSchema> {
  return metadata.read(readSchema, { signal, isSingleAttempt: true });
}
