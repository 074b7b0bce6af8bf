import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openMetadataConnection } from '../../../../collector/airflow/metadata/connection.js';
import { silentLogger } from '../../../../core/logger.js';
import { emptyDatabase, type TemporaryDatabase } from '../../../support/database.js';
import { failureOf, NO_WAIT } from '../harness.js';

let temporary: TemporaryDatabase;

beforeEach(async () => {
  temporary = await emptyDatabase();
});

afterEach(() => temporary.drop());

const open = (url = temporary.url, timeoutSeconds = 30) =>
  openMetadataConnection(
    { url, timeoutSeconds },
    { logger: silentLogger(), clock: () => 0, sleep: NO_WAIT, retryForSeconds: 1 },
  );

describe('the connection to a metadata database', () => {
  it('has an address without credentials', async () => {
    const connection = open('postgresql://reader:geheim@db.example.com:6543/airflow?sslmode=verify-full');
    expect(connection.address).toBe('postgresql://db.example.com:6543/airflow');
    await connection.close();
  });

  it('cannot write, whatever the role may do', async () => {
    const connection = open();
    const work = connection.read((session) => session.execute('CREATE TABLE x (id integer)'));
    expect((await failureOf(work)).message).toContain('read-only');
    await connection.close();
  });

  it('reads from one snapshot', async () => {
    await temporary.database.execute('CREATE TABLE x (id integer)');
    const connection = open();
    const counts = await connection.read(async (session) => {
      const count = async () => (await session.query('SELECT FROM x')).length;
      const before = await count();
      await temporary.database.execute('INSERT INTO x VALUES (1)');
      return [before, await count()];
    });
    expect(counts).toEqual([0, 0]);
    await connection.close();
  });

  it('gives up a statement that takes too long', async () => {
    const connection = open(temporary.url, 0.05);
    const work = connection.read((session) => session.query('SELECT pg_sleep(60)'), { isTimeoutFinal: true });
    expect(await failureOf(work)).toMatchObject({ kind: 'timeout', retryable: true });
    await connection.close();
  });

  it('ends a statement under way when it is stopped', async () => {
    const connection = open();
    const controller = new AbortController();
    const work = connection.read(
      (session) => {
        controller.abort();
        return session.query('SELECT pg_sleep(60)');
      },
      { signal: controller.signal },
    );
    expect(await failureOf(work)).toMatchObject({ code: 'cancelled' });
    await connection.close();
  });

  it('tries again while the server is away, and then says where it is not', async () => {
    const url = new URL(temporary.url);
    url.pathname = '/nowhere';
    const connection = open(url.href);
    const error = await failureOf(connection.read((session) => session.query('SELECT 1')));
    expect(error).toMatchObject({ kind: 'unreachable', code: 'airflow_unreachable' });
    expect(error.message).toContain('/nowhere: the database does not exist');
    expect(error.fix).toContain('metadata_database_url');
    expect(error.message + (error.fix ?? '')).not.toContain(url.password);
    await connection.close();
  });

  it('takes a wrong password for what it is', async () => {
    const url = new URL(temporary.url);
    url.password = 'wrong';
    const connection = open(url.href);
    expect(await failureOf(connection.read((session) => session.query('SELECT 1')))).toMatchObject({
      kind: 'unauthorized',
    });
    await connection.close();
  });

  it('refuses what is no URL of PostgreSQL, by the name of its key', () => {
    expect(() => open('mysql://db/airflow')).toThrow(
      'metadata_database_url does not start with postgresql://',
    );
  });
});
