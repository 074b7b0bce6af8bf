import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { collectAirflow, deadlineGrants, type CollectResult } from '../../../../collector/airflow/index.js';
import { readDeadlines } from '../../../../collector/airflow/metadata/deadlines.js';
import { readSchema } from '../../../../collector/airflow/metadata/schema.js';
import { formatInstant } from '../../../../collector/airflow/instant.js';
import { temporaryDatabase, type TemporaryDatabase } from '../../../support/database.js';
import { FakeAirflow } from '../fake-airflow.js';
import { addDeadline, missDeadline } from '../fake-deadlines.js';
import type { FakeWorld } from '../fake-rows.js';
import { smallWorld, uuid7 } from '../fake-world.js';
import { collect, NO_WAIT } from '../harness.js';
import { listeningLogger } from '../log-lines.js';
import { metadataDatabase, metadataDeployment, storeDeadlines, storeWorld } from './metadata-world.js';

let metadata: TemporaryDatabase;
let store: TemporaryDatabase;
let world: FakeWorld;
let airflow: FakeAirflow;

beforeEach(async () => {
  [metadata, store] = await Promise.all([metadataDatabase('3.2.1'), temporaryDatabase()]);
  world = smallWorld();
  // The clock is that of the database.
  world.now = Date.now() / 1000;
  world.version = '3.3.2';
  airflow = await new FakeAirflow(world).start();
  const start = world.now - 5000;
  missDeadline(addDeadline(world, world.runs[0]!, { at: start, due: start + 600.25 }), start + 610);
  addDeadline(world, world.runs[1]!, { at: start + 50, due: world.now + 3000 });
  await storeWorld(metadata.database, world);
  await storeDeadlines(metadata.database, world);
});

afterEach(async () => {
  await Promise.all([airflow.stop(), metadata.drop(), store.drop()]);
});

const { logger, lines } = listeningLogger();
/** Its surroundings come by REST, of the fake. */
const collectMetadata = (url = metadata.url): Promise<CollectResult> =>
  collectAirflow(
    metadataDeployment(url, { url: airflow.url, username: 'viewer', password: 'secret-password' }),
    { database: store.database, logger, clock: () => Date.now() / 1000, sleep: NO_WAIT },
  );

describe('deadlines in the metadata database', () => {
  it('are what the REST API tells: after one, the other has nothing new', async () => {
    expect(await collectMetadata()).toMatchObject({ deadlines: { received: 3, appended: 3 } });
    expect(airflow.count('/deadlines')).toBe(0);
    expect(await collect(airflow, store.database)).toMatchObject({ deadlines: { received: 3, appended: 0 } });
    missDeadline(world.deadlines[1]!, Date.now() / 1000);
    await storeDeadlines(metadata.database, world);
    expect(await collectMetadata()).toMatchObject({ deadlines: { appended: 1 } });
    const [{ n } = { n: 0 }] = await store.database.query<{ n: number }>(
      'SELECT count(*) AS n FROM deadline_fact WHERE is_missed',
    );
    expect(n).toBe(2);
  });

  it('that the role may not read are left out, with one line that says so, until it may', async () => {
    const role = `reader_${randomUUID().replaceAll('-', '')}`;
    await metadata.database.execute(`CREATE ROLE ${role} LOGIN PASSWORD 'secret'`);
    try {
      const tables = 'alembic_version, dag, dag_run, dag_tag, dag_version, log, serialized_dag, slot_pool';
      await metadata.database.execute(
        `GRANT SELECT ON ${tables}, task_instance, task_instance_history TO ${role}`,
      );
      const url = new URL(metadata.url);
      Object.assign(url, { username: role, password: 'secret' });
      const refused = await collectMetadata(url.href);
      expect(refused.deadlines.received).toBe(0);
      expect(refused.tries.appended).toBeGreaterThan(0);
      expect(lines.filter(({ reading }) => reading === 'deadlines')).toHaveLength(1);
      const asRole = await metadata.database.transaction(async (connection) => {
        await connection.execute(`SET LOCAL ROLE ${role}`);
        return readSchema(connection);
      });
      expect(asRole.deadlines?.missingGrants).toBe(deadlineGrants('missed', role));
      await metadata.database.execute(asRole.deadlines!.missingGrants!);
      expect(await collectMetadata(url.href)).toMatchObject({ deadlines: { appended: 3 } });
    } finally {
      await metadata.database.execute(`DROP OWNED BY ${role}`);
      await metadata.database.execute(`DROP ROLE ${role}`);
    }
  });

  it('of Airflow 3.1 have no time of their own: ids and the state of the call tell it', async () => {
    const { database } = metadata;
    await database.execute('DROP TABLE deadline_alert; DROP TABLE deadline;');
    // As `airflow db migrate` of 3.1.8 makes it.
    await database.execute(`CREATE TABLE deadline (id uuid NOT NULL PRIMARY KEY, dagrun_id integer,
      deadline_time timestamp with time zone NOT NULL, callback json NOT NULL, callback_state character varying(20), trigger_id integer)`);
    const schema = await readSchema(database);
    expect(schema.deadlines).toEqual({ form: 'callback_state', missingGrants: null });
    const created = Math.floor(world.now) - 9000;
    const add = (at: number, due: number, state: string | null): Promise<number> =>
      database.execute(`INSERT INTO deadline VALUES ($1, 1, $2, '{"secret": "never read"}', $3)`, [
        uuid7(at),
        formatInstant(due),
        state,
      ]);
    await add(created, created + 60, 'queued');
    await add(created + 100.5, world.now + 900, null);
    await add(created - 900_000, created - 890_000, 'success');
    const read = (from: number, maxRows = 10) =>
      database.transaction((connection) =>
        readDeadlines(connection, 'callback_state', { from, to: null }, { maxRows, isTimeoutFinal: true }),
      );
    const recent = await read(world.now - 60);
    expect(recent).toMatchObject([
      { created_at: created, missed: true, deadline_time: created + 60, alert_name: null },
      { created_at: created + 100.5, missed: false },
    ]);
    expect(await read(0)).toHaveLength(3);
    expect(await read(0, 2)).toBeNull();
  });

  it.each(['2.11.0', '3.0'] as const)('are none in Airflow %s', async (release) => {
    await metadata.drop();
    metadata = await metadataDatabase(release === '3.0' ? '3.3.2' : release);
    if (release === '3.0') {
      // The table is there, in another form, and stays empty.
      await metadata.database.execute(`DROP TABLE deadline_alert; DROP TABLE deadline;
        CREATE TABLE deadline (id uuid PRIMARY KEY, dag_id text, dagrun_id integer, deadline timestamptz, callback text)`);
    }
    expect((await readSchema(metadata.database)).deadlines).toBeNull();
  });
});
