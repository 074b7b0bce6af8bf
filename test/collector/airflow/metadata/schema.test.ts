import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { NEEDED, grantsFor } from '../../../../collector/airflow/metadata/columns.js';
import { deadlineGrants } from '../../../../collector/airflow/metadata/deadlines.js';
import { headWarning, readSchema } from '../../../../collector/airflow/metadata/schema.js';
import { emptyDatabase, type TemporaryDatabase } from '../../../support/database.js';
import { failureOf } from '../harness.js';
import { metadataDatabase, SCHEMAS, type Release } from './metadata-world.js';

let metadata: TemporaryDatabase | undefined;

afterEach(async () => {
  await metadata?.drop();
  metadata = undefined;
});

const open = async (release: Release) => {
  metadata = await metadataDatabase(release);
  return metadata.database;
};

describe('the schema of a metadata database', () => {
  it.each([
    ['2.11.0', { generation: 2, release: '2.10.3', minor: 10 }],
    ['3.2.1', { generation: 3, release: '3.2.0', minor: 2 }],
    ['3.3.2', { generation: 3, release: '3.3.0', minor: 3 }],
  ] as const)('of Airflow %s is known', async (release, expected) => {
    const schema = await readSchema(await open(release));
    expect(schema).toMatchObject({ ...expected, isKnownHead: true, hasHistory: true });
    expect(headWarning(schema)).toBeNull();
  });

  it('of Airflow 2.9 has no history of tries', async () => {
    const database = await open('2.11.0');
    await database.execute('DROP TABLE task_instance_history');
    await database.execute(`UPDATE alembic_version SET version_num = '686269002441'`);
    expect(await readSchema(database)).toMatchObject({ release: '2.9.2', minor: 9, hasHistory: false });
  });

  it('with an unknown head is read as long as the columns are there, with a warning that names the known ones', async () => {
    const database = await open('3.3.2');
    await database.execute(`UPDATE alembic_version SET version_num = 'cafe'`);
    const schema = await readSchema(database);
    expect(schema).toMatchObject({ isKnownHead: false, head: 'cafe', release: '3.3.0' });
    expect(headWarning(schema)).toContain('cafe');
    expect(headWarning(schema)).toContain('3.2.0 (1d6611b6ab7c)');
  });

  it('that lacks a column is refused by the name of the column', async () => {
    const database = await open('3.2.1');
    await database.execute('ALTER TABLE task_instance RENAME COLUMN queued_dttm TO queued_when');
    const error = await failureOf(readSchema(database));
    expect(error).toMatchObject({ kind: 'unsupported' });
    expect(error.message).toContain('lacks task_instance.queued_dttm;');
  });

  it('is told from a database of something else', async () => {
    metadata = await emptyDatabase();
    const error = await failureOf(readSchema(metadata.database));
    expect(error).toMatchObject({ kind: 'unsupported' });
    expect(error.message).toContain('not the metadata database of an Airflow');
  });
});

it('documents the grants', async () => {
  const text = await readFile(join(import.meta.dirname, '../../../../docs/connecting.md'), 'utf8');
  for (const generation of [2, 3] as const) expect(text).toContain(grantsFor(generation, 'orc_reader'));
  for (const form of ['missed', 'callback_state'] as const)
    expect(text).toContain(deadlineGrants(form, 'orc_reader'));
});

describe.each(Object.keys(SCHEMAS) as Release[])('a role on the tables of Airflow %s', (release) => {
  const role = `reader_${randomUUID().replaceAll('-', '')}`;
  const generation = release.startsWith('2.') ? 2 : 3;

  it('needs the grants of the documentation, and the error holds those that are missing', async () => {
    const database = await open(release);
    await database.execute(`CREATE ROLE ${role}`);
    try {
      const asRole = () =>
        database.transaction(async (connection) => {
          await connection.execute(`SET LOCAL ROLE ${role}`);
          return readSchema(connection);
        });
      const closed = await failureOf(asRole());
      expect(closed).toMatchObject({ kind: 'unauthorized', isForbidden: true });
      for (const table of Object.keys(NEEDED[generation]))
        expect(closed.fix).toContain(` ON ${table} TO ${role};`);
      await database.execute(grantsFor(generation, role));
      expect(await asRole()).toMatchObject({ generation });
      await database.execute(`REVOKE SELECT (state) ON dag_run FROM ${role}`);
      const partly = await failureOf(asRole());
      expect(partly.message).toBe(`the role ${role} may not read dag_run in the metadata database`);
    } finally {
      await database.execute(`DROP OWNED BY ${role}`);
      await database.execute(`DROP ROLE ${role}`);
    }
  });
});
