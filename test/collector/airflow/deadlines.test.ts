import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Database } from '../../../core/database/port.js';
import { temporaryDatabase, type TemporaryDatabase } from '../../support/database.js';
import { FakeAirflow } from './fake-airflow.js';
import { addDeadline, missDeadline } from './fake-deadlines.js';
import { smallWorld } from './fake-world.js';
import { collect } from './harness.js';

let temporary: TemporaryDatabase;
let database: Database;
let fake: FakeAirflow;

beforeEach(async () => {
  temporary = await temporaryDatabase();
  database = temporary.database;
});
afterEach(async () => {
  await fake.stop();
  await temporary.drop();
});

describe('deadlines of DAG runs', () => {
  const facts = () =>
    database.query(
      `SELECT run_id, name, is_missed, visibility_assumed, extract(epoch FROM deadline_at)::double precision AS due,
         extract(epoch FROM event_time)::double precision AS at
       FROM deadline_fact ORDER BY fact_id`,
    );

  it('are known from when they were set, and that they were missed from then on; each is told once', async () => {
    const world = smallWorld();
    world.version = '3.3.2';
    const [first, second] = world.runs;
    const start = world.now - 5000;
    missDeadline(addDeadline(world, first!, { at: start, due: start + 600 }), start + 610);
    const pending = addDeadline(world, second!, { at: start + 50, due: world.now + 100 });
    fake = await new FakeAirflow(world).start();
    expect(await collect(fake, database)).toMatchObject({ deadlines: { received: 3, appended: 3 } });
    const past = { name: 'on time', visibility_assumed: true };
    const known = [
      { ...past, run_id: first!.dag_run_id, is_missed: false, due: start + 600, at: start },
      { ...past, run_id: first!.dag_run_id, is_missed: true, due: start + 600, at: start + 600 },
      { ...past, run_id: second!.dag_run_id, is_missed: false, due: world.now + 100, at: start + 50 },
    ];
    expect(await facts()).toEqual(known);
    expect(await collect(fake, database)).toMatchObject({ deadlines: { appended: 0 } });
    world.now += 130;
    missDeadline(pending, world.now - 5);
    expect(await collect(fake, database)).toMatchObject({ deadlines: { appended: 1 } });
    expect((await facts()).at(-1)).toMatchObject({
      is_missed: true,
      visibility_assumed: false,
      at: world.now - 30,
    });
    // What Airflow deletes, because the run ended in time, stays known; asking goes on from the last reading.
    world.deadlines.length = 0;
    world.now += 600;
    expect(await collect(fake, database)).toMatchObject({ deadlines: { received: 0 } });
    expect(await facts()).toHaveLength(4);
  });

  it('are read in smaller spans where there are many', async () => {
    const world = smallWorld();
    world.version = '3.3.2';
    for (let i = 0; i < 90; i++) {
      addDeadline(world, world.runs[0]!, { at: world.now - 9000 + i * 60, due: world.now + i });
    }
    fake = await new FakeAirflow(world).start();
    const tuning = { maxRows: 40 };
    expect(await collect(fake, database, { tuning })).toMatchObject({ deadlines: { appended: 90 } });
  });

  it.each(['3.2.1', '3.3.2'])(
    'where Airflow %s does not list them, all else is collected',
    async (version) => {
      const world = smallWorld();
      world.version = version;
      fake = await new FakeAirflow(world).start();
      fake.interfere = ({ path }) => (path.endsWith('/deadlines') ? { status: 404, body: '{}' } : undefined);
      const result = await collect(fake, database);
      expect(result.deadlines.received).toBe(0);
      expect(result.tries.appended).toBeGreaterThan(0);
      expect(fake.count('/deadlines')).toBe(version === '3.2.1' ? 0 : 1);
    },
  );
});
