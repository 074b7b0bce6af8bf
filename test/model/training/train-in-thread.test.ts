import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listVersions, trainInThread, type ThreadTraining } from '../../../model/index.js';
import { hourlyHistory, HOUR, START, writeHistory } from '../../serving/live/fixtures.js';
import { temporaryDatabase, type TemporaryDatabase } from '../../support/database.js';

let store: TemporaryDatabase;
let training: ThreadTraining;
const never = new AbortController().signal;

beforeAll(async () => {
  store = await temporaryDatabase();
  training = {
    ...{ databaseUrl: store.url, dataDir: '/nowhere', logLevel: 'silent', createdAt: START + 100 * HOUR },
    ...{ seed: 1, promote: 'if_better', by: 'schedule', warmStarts: 0 },
  };
});
afterAll(() => store.drop());

/** Connections to the store that are not those of this test. */
async function connections(): Promise<number> {
  const rows = await store.database.query<{ count: number }>(
    "SELECT count(*)::int AS count FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'orc'",
  );
  return rows[0]!.count;
}

describe('training in a thread', () => {
  it('says what is missing, as training does', async () => {
    await expect(trainInThread(training, never)).rejects.toMatchObject({
      code: 'too_little_history',
      fix: 'Collect or import some first: orc collect, orc import FILE.',
    });
  });

  it('names a store that does not answer', async () => {
    const url = new URL(store.url);
    url.port = '1';
    await expect(trainInThread({ ...training, databaseUrl: url.href }, never)).rejects.toMatchObject({
      code: 'database_unavailable',
    });
  });

  it('makes a version, while this thread goes on, and leaves no connection', async () => {
    const history = hourlyHistory('shaky', 400, (run) => run % 5 === 0);
    await writeHistory(store.database, { dagIds: ['shaky'], ...history });
    let turns = 0;
    const turning = setInterval(() => turns++, 1);
    const version = await trainInThread(training, never);
    clearInterval(turning);
    expect(turns).toBeGreaterThan(10);
    expect(await listVersions(store.database)).toMatchObject([
      { version, role: 'champion', createdAt: START + 100 * HOUR },
    ]);
    await expect.poll(connections).toBe(0);
  });

  it('stops when it is told to, and closes its connections', async () => {
    const abort = new AbortController();
    const trained = trainInThread({ ...training, createdAt: START + 200 * HOUR }, abort.signal);
    while ((await connections()) === 0);
    abort.abort();
    await expect(trained).rejects.toMatchObject({ code: 'cancelled' });
    expect(await listVersions(store.database)).toHaveLength(1);
    await expect.poll(connections).toBe(0);
    await expect(trainInThread(training, abort.signal)).rejects.toMatchObject({ code: 'cancelled' });
  });
});
