import { afterEach, describe, expect, it } from 'vitest';
import type { Check } from '../../../cli/checks/check.js';
import { checkMetadata } from '../../../cli/checks/metadata.js';
import { deploymentSchema } from '../../../core/config/schema.js';
import { silentLogger } from '../../../core/logger.js';
import {
  metadataDatabase,
  metadataDeployment,
  type Release,
} from '../../collector/airflow/metadata/metadata-world.js';
import { emptyDatabase, type TemporaryDatabase } from '../../support/database.js';

let temporary: TemporaryDatabase | undefined;

afterEach(async () => {
  await temporary?.drop();
  temporary = undefined;
});

const open = async (release: Release): Promise<TemporaryDatabase> =>
  (temporary = await metadataDatabase(release));

async function check(url: string): Promise<Record<string, Check>> {
  const checks = await checkMetadata(metadataDeployment(url), {
    logger: silentLogger(),
    clock: () => 0,
    signal: new AbortController().signal,
    onCheck: () => undefined,
  });
  return Object.fromEntries(checks.map((one) => [one.name, one]));
}

describe('checkMetadata', () => {
  it('has nothing to say of a deployment that is read by REST', async () => {
    const options = { logger: silentLogger(), clock: () => 0, signal: new AbortController().signal };
    const deployment = deploymentSchema.parse({ url: 'http://127.0.0.1:1' });
    expect(await checkMetadata(deployment, { ...options, onCheck: () => undefined })).toEqual([]);
  });

  it('tells server, role and schema, and warns of a role that can do more than read', async () => {
    const { url } = await open('3.2.1');
    const checks = await check(url);
    expect(Object.keys(checks)).toEqual([
      'metadata_connection',
      'metadata_read_only',
      'metadata_replica',
      'metadata_schema',
      'metadata_deadlines',
    ]);
    expect(checks['metadata_connection']).toMatchObject({ status: 'ok' });
    expect(checks['metadata_connection']!.found).not.toContain(new URL(url).password);
    // The tests' own role is a superuser.
    expect(checks['metadata_read_only']).toMatchObject({
      status: 'warning',
      found: expect.stringContaining('superuser') as string,
    });
    expect(checks['metadata_replica']).toMatchObject({ status: 'ok', found: 'the primary server' });
    expect(checks['metadata_schema']).toMatchObject({
      status: 'ok',
      found: 'that of Airflow 3.2.0 (1d6611b6ab7c), all readable',
    });
    expect(checks['metadata_deadlines']).toMatchObject({ status: 'ok' });
  });

  it('warns of a schema version that is not known', async () => {
    const { url, database } = await open('3.3.2');
    await database.execute(`UPDATE alembic_version SET version_num = 'cafe'`);
    expect((await check(url))['metadata_schema']).toMatchObject({
      status: 'warning',
      found: expect.stringContaining('cafe') as string,
    });
  });

  it('fails where it is no Airflow', async () => {
    temporary = await emptyDatabase();
    expect((await check(temporary.url))['metadata_schema']).toMatchObject({
      status: 'failed',
      found: expect.stringContaining('not the metadata database of an Airflow') as string,
    });
    expect((await check(temporary.url))['metadata_deadlines']).toMatchObject({ status: 'skipped' });
  });

  it('skips the rest where nothing answers', async () => {
    const checks = await check('postgresql://reader:geheim@127.0.0.1:1/airflow');
    expect(checks['metadata_connection']).toMatchObject({
      status: 'failed',
      found: expect.stringContaining('127.0.0.1:1/airflow: nothing listens') as string,
      fix: expect.stringContaining('metadata_database_url') as string,
    });
    expect(checks['metadata_schema']).toMatchObject({
      status: 'skipped',
      found: 'needs metadata_connection',
    });
  });
});
