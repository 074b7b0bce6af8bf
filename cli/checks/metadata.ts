import {
  describeKnownHeads,
  inspectSchema,
  inspectServer,
  openMetadataConnection,
  type MetadataConnection,
  type MetadataInspection,
  type MetadataSchema,
} from '../../collector/airflow/index.js';
import type { DeploymentConfig } from '../../core/config/schema.js';
import type { AirflowCheckOptions } from './airflow.js';
import { createRecorder, explainFailure, type Check, type Recorder } from './check.js';

/** Beyond this, what is read from a replica is old news. */
const LAG_WARNING_SECONDS = 5;

/** Names of the checks of one metadata database, in their order. */
export const METADATA_CHECKS = [
  'metadata_connection',
  'metadata_read_only',
  'metadata_replica',
  'metadata_schema',
  'metadata_deadlines',
] as const;

/** Tests the metadata database of a deployment: that it answers, and that its role reads what ORC needs and changes nothing. */
export async function checkMetadata(
  deployment: DeploymentConfig,
  options: AirflowCheckOptions,
): Promise<readonly Check[]> {
  const { metadata_database_url: url, timeout_seconds: timeoutSeconds } = deployment;
  if (url === null) return [];
  const { checks, record } = createRecorder(deployment.name, options.onCheck);
  let metadata: MetadataConnection | null = null;
  try {
    metadata = openMetadataConnection({ url, timeoutSeconds }, options);
    const server = await inspectServer(metadata, options.signal);
    const found = `PostgreSQL ${server.serverVersion} at ${metadata.address} as role ${server.role}`;
    record('metadata_connection', 'ok', found);
    checkRole(server, record);
    checkReplica(server, record);
    await checkSchema(metadata, options.signal, record);
  } catch (error) {
    const { found, fix } = explainFailure(error);
    record('metadata_connection', 'failed', found, fix);
    for (const name of METADATA_CHECKS.slice(1)) record(name, 'skipped', 'needs metadata_connection');
  } finally {
    await metadata?.close();
  }
  return checks;
}

function checkRole({ role, isSuperuser, writableTables }: MetadataInspection, record: Recorder): void {
  const name = 'metadata_read_only';
  if (!isSuperuser && writableTables.length === 0) {
    record(name, 'ok', `role ${role} can change none of Airflow's tables`);
    return;
  }
  const found = isSuperuser
    ? `role ${role} is a superuser; ORC only reads, in read-only transactions`
    : `role ${role} may also change ${writableTables.join(', ')}; ORC only reads, in read-only transactions`;
  record(
    name,
    'warning',
    found,
    'Give ORC a role of its own that may only read (docs/connecting.md has the statements).',
  );
}

function checkReplica({ isReplica, replicaLagSeconds: lag }: MetadataInspection, record: Recorder): void {
  const name = 'metadata_replica';
  if (!isReplica) record(name, 'ok', 'the primary server');
  else if (lag === null) record(name, 'ok', 'a replica, which does not tell how far it is behind');
  else if (lag <= LAG_WARNING_SECONDS) record(name, 'ok', `a replica, ${lag.toFixed(1)} s behind`);
  else {
    record(
      name,
      'warning',
      `a replica that is ${Math.round(lag)} s behind`,
      'Changes become known that much later: find out what holds the replica up, or name another server.',
    );
  }
}

async function checkSchema(
  metadata: MetadataConnection,
  signal: AbortSignal,
  record: Recorder,
): Promise<void> {
  const name = 'metadata_schema';
  try {
    const schema = await inspectSchema(metadata, signal);
    const { release, head, isKnownHead, hasHistory } = schema;
    const forgets = hasHistory ? '' : '; it forgets earlier tries';
    if (isKnownHead) record(name, 'ok', `that of Airflow ${release} (${head}), all readable${forgets}`);
    else {
      record(
        name,
        'warning',
        `version ${head} is not known, but all columns that ORC reads are there${forgets}`,
        `ORC was tested with ${describeKnownHeads()}. Upgrade ORC if the history looks wrong.`,
      );
    }
    checkDeadlines(schema, record);
  } catch (error) {
    const { found, fix } = explainFailure(error);
    record(name, 'failed', found, fix);
    record('metadata_deadlines', 'skipped', `needs ${name}`);
  }
}

function checkDeadlines({ deadlines }: MetadataSchema, record: Recorder): void {
  const name = 'metadata_deadlines';
  if (deadlines === null) record(name, 'skipped', 'this Airflow keeps no deadlines of DAG runs');
  else if (deadlines.missingGrants === null) record(name, 'ok', 'readable');
  else {
    const fix = `As the owner of Airflow's tables:\n${deadlines.missingGrants}`;
    record(name, 'warning', 'this role may not read the deadlines that Airflow keeps for DAG runs', fix);
  }
}
