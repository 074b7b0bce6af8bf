import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { PlatformWriter, type PlatformWriterOptions } from '../../../collector/statsd/platform-writer.js';
import { AppError } from '../../../core/errors.js';
import { NO_PLATFORM_LABELS, type PlatformObservation } from '../../../core/facts.js';
import { silentLogger } from '../../../core/logger.js';
import type { Database } from '../../../core/database/port.js';
import { temporaryDatabase, type TemporaryDatabase } from '../../support/database.js';

const NOW = 1_700_000_000;
const DAY = 86_400;
let store: TemporaryDatabase;
let isDown = false;
let onFailure: () => void;

/** The real database, whose transactions fail while it is "down". */
const database = (): Database => ({
  ...store.database,
  transaction: (work) => {
    if (!isDown) return store.database.transaction(work);
    onFailure();
    return Promise.reject(new AppError('database_unavailable', 'down', { retryable: true }));
  },
});

beforeAll(async () => {
  store = await temporaryDatabase();
});
afterAll(async () => {
  await store.drop();
});
beforeEach(async () => {
  isDown = false;
  onFailure = () => undefined;
  await store.database.execute('TRUNCATE platform_fact');
});

const facts = (eventTime: number, count = 1, name = 'x'): PlatformObservation[] =>
  Array.from({ length: count }, (_, index) => ({
    deployment: 'default',
    eventTime,
    name,
    labels: { ...NO_PLATFORM_LABELS, pool: String(index) },
    value: 1,
    maximum: null,
    sampleCount: 1,
  }));

function writer(options: Partial<PlatformWriterOptions> = {}): PlatformWriter {
  return new PlatformWriter({
    database: database(),
    source: 'statsd',
    clock: () => NOW,
    logger: silentLogger(),
    retentionDays: 30,
    wait: () => Promise.resolve(),
    ...options,
  });
}

async function rows(): Promise<number> {
  const [row] = await store.database.query<{ rows: number }>(
    'SELECT count(*)::int AS rows FROM platform_fact',
  );
  return row!.rows;
}

describe('PlatformWriter', () => {
  it('writes windows, known when they were written', async () => {
    const it = writer();
    it.push(facts(NOW, 2));
    it.push(facts(NOW + 10));
    await it.idle();
    expect(it.status).toEqual({ rows: 3, errors: 0, lastSuccessAt: NOW, dropped: 0 });
    expect(
      await store.database.query(
        'SELECT DISTINCT source, extract(epoch FROM known_at)::float8 AS at FROM platform_fact',
      ),
    ).toEqual([{ source: 'statsd', at: NOW }]);
  });

  it('keeps windows while the database is away, and writes them when it is back', async () => {
    isDown = true;
    let failures = 0;
    onFailure = () => {
      if (++failures === 3) isDown = false;
    };
    const it = writer();
    it.push(facts(NOW));
    it.push(facts(NOW + 10));
    await it.idle();
    expect(it.status).toMatchObject({ rows: 2, errors: 3, dropped: 0 });
  });

  it('drops the oldest windows beyond its bound, and counts them', async () => {
    isDown = true;
    let retry: () => void = () => undefined;
    const it = writer({
      maxWaiting: 10,
      wait: () =>
        new Promise((resolve) => {
          retry = resolve;
        }),
    });
    const failed = new Promise<void>((resolve) => {
      onFailure = resolve;
    });
    it.push(facts(NOW, 4, 'oldest'));
    await failed;
    // The failed window must be back in the queue before more comes.
    await new Promise(setImmediate);
    it.push(facts(NOW + 10, 4, 'second'));
    it.push(facts(NOW + 20, 4, 'third'));
    expect(it.status.dropped).toBe(4);
    isDown = false;
    retry();
    await it.idle();
    expect(it.status).toMatchObject({ rows: 8, dropped: 4 });
    expect(await store.database.query('SELECT DISTINCT name FROM platform_fact ORDER BY 1')).toEqual([
      { name: 'second' },
      { name: 'third' },
    ]);
  });

  it('gives up at a stop what cannot be written', async () => {
    isDown = true;
    const it = writer({
      wait: (_seconds, signal) =>
        new Promise((resolve) => {
          signal.addEventListener('abort', () => {
            resolve();
          });
        }),
    });
    it.push(facts(NOW, 3));
    await it.close();
    expect(it.status).toMatchObject({ rows: 0, dropped: 3 });
  });

  it('drops what the database refuses, and goes on', async () => {
    const it = writer();
    it.push([{ ...facts(NOW)[0]!, labels: { ...NO_PLATFORM_LABELS, dagId: null as unknown as string } }]);
    await it.idle();
    it.push(facts(NOW + 10));
    await it.idle();
    expect(it.status).toMatchObject({ rows: 1, errors: 1, dropped: 1 });
  });

  it('deletes the days beyond the retention when a new one begins', async () => {
    let now = NOW;
    const it = writer({ clock: () => now, retentionDays: 2 });
    for (let day = 0; day < 5; day++) {
      now = NOW + day * DAY;
      it.push(facts(now));
      await it.idle();
    }
    expect(await rows()).toBe(3);
  });
});
