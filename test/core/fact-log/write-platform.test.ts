import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { NO_PLATFORM_LABELS, type PlatformObservation } from '../../../core/facts.js';
import {
  dayOf,
  DAY_SECONDS,
  dropPlatformDays,
  preparePlatformDays,
} from '../../../core/fact-log/platform-days.js';
import { writePlatform, type WriteResult } from '../../../core/fact-log/write.js';
import { temporaryDatabase, type TemporaryDatabase } from '../../support/database.js';
import { KNOWN_AT, LIVE } from './observations.js';

let store: TemporaryDatabase;

beforeAll(async () => {
  store = await temporaryDatabase();
});
afterAll(async () => {
  await store.drop();
});
beforeEach(async () => {
  await store.database.transaction((connection) => dropPlatformDays(connection, 1_000_000));
});

const TIME = 1_700_000_010;
const pool: PlatformObservation = {
  deployment: 'default',
  eventTime: TIME,
  name: 'pool_open_slots',
  labels: { ...NO_PLATFORM_LABELS, pool: 'größe 😀' },
  value: 2.5,
  maximum: 128,
  sampleCount: 10,
};
const counter = { ...pool, name: 'ti_failures', labels: NO_PLATFORM_LABELS, value: -1, maximum: null };

function write(observations: readonly PlatformObservation[]): Promise<WriteResult> {
  return store.database.transaction(async (connection) => {
    await preparePlatformDays(connection, new Set(observations.map(({ eventTime }) => dayOf(eventTime))));
    return writePlatform(connection, observations, LIVE);
  });
}

async function partitions(): Promise<unknown[]> {
  const rows = await store.database.query(
    "SELECT relname FROM pg_class WHERE relname ~ '^platform_fact_[0-9]+$' ORDER BY relname",
  );
  return rows.map(({ relname }) => relname);
}

describe('measurements of the platform', () => {
  test('come back as they were written', async () => {
    expect(await write([pool, counter])).toEqual({ received: 2, appended: 2, refused: 0 });
    const rows = await store.database.query(
      `SELECT *, extract(epoch FROM event_time)::float8 AS event_time, extract(epoch FROM known_at)::float8 AS known_at
       FROM platform_fact ORDER BY fact_id`,
    );
    expect(rows).toMatchObject([
      {
        deployment: 'default',
        event_time: TIME,
        known_at: KNOWN_AT,
        visibility_assumed: false,
        source: 'test',
        name: 'pool_open_slots',
        pool: 'größe 😀',
        dag_id: '',
        value: 2.5,
        maximum: 128,
        sample_count: 10,
      },
      { name: 'ti_failures', pool: '', value: -1, maximum: null },
    ]);
  });

  test('written again change nothing', async () => {
    await write([pool]);
    const later = { ...pool, eventTime: TIME + 10 };
    expect(await write([pool, { ...pool, value: 9 }, later])).toEqual({
      received: 3,
      appended: 1,
      refused: 0,
    });
    expect(await store.database.query('SELECT value FROM platform_fact ORDER BY fact_id')).toEqual([
      { value: 2.5 },
      { value: 2.5 },
    ]);
  });

  test('of several days go to a partition each, and leave with it', async () => {
    const days = [0, 1, 2].map((day) => ({ ...pool, eventTime: TIME + day * DAY_SECONDS }));
    await write(days);
    // The first instant of a day belongs to it.
    await write([{ ...pool, eventTime: dayOf(TIME) * DAY_SECONDS }]);
    expect(await partitions()).toEqual([
      'platform_fact_20231114',
      'platform_fact_20231115',
      'platform_fact_20231116',
    ]);
    const dropped = await store.database.transaction((connection) =>
      dropPlatformDays(connection, dayOf(TIME) + 2),
    );
    expect(dropped).toBe(2);
    expect(await partitions()).toEqual(['platform_fact_20231116']);
    expect(await store.database.query('SELECT count(*)::int AS rows FROM platform_fact')).toEqual([
      { rows: 1 },
    ]);
  });

  test('what PostgreSQL cannot hold is refused', async () => {
    const bad = { ...pool, labels: { ...pool.labels, dagId: 'nul\0' } };
    expect(await write([bad, pool])).toEqual({ received: 2, appended: 1, refused: 1 });
  });

  test('labels as long as a line of StatsD fit into the key', async () => {
    let seed = 1;
    // Random, because PostgreSQL compresses what repeats.
    const text = Array.from({ length: 2048 }, () => {
      seed = (seed * 48_271) % 2_147_483_647;
      return String.fromCharCode(33 + (seed % 94));
    }).join('');
    const labels = { ...pool.labels, pool: '', dagId: text.slice(0, 1000), taskId: text.slice(1000) };
    expect(await write([{ ...pool, deployment: 'd'.repeat(63), labels }])).toMatchObject({ appended: 1 });
  });

  test('two writers of a new day do not disturb each other', async () => {
    const results = await Promise.all([write([pool]), write([counter])]);
    expect(results.map(({ appended }) => appended)).toEqual([1, 1]);
  });
});
