import { once } from 'node:events';
import { Readable } from 'node:stream';
import { finished, pipeline } from 'node:stream/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect } from '../../../core/database/pool.js';
import type { Database, Queryable } from '../../../core/database/port.js';
import { silentLogger } from '../../../core/logger.js';
import { temporaryDatabase, type TemporaryDatabase } from '../../support/database.js';

const options = { logger: silentLogger(), applicationName: 'pool test' };
let temporary: TemporaryDatabase;
let database: Database;

beforeAll(async () => {
  temporary = await temporaryDatabase();
  database = temporary.database;
  await database.execute('CREATE TABLE item (id int PRIMARY KEY, name text)');
});
afterAll(() => temporary.drop());

async function names(): Promise<unknown[]> {
  return (await database.query('SELECT name FROM item ORDER BY id')).map((row) => row['name']);
}

describe('values', () => {
  it('reads int8 and numeric as numbers', async () => {
    const rows = await database.query(
      "SELECT 9007199254740991::int8 AS a, 1.25::numeric AS b, ARRAY[1, NULL, 3]::int8[] AS c, 'x' AS d",
    );
    expect(rows).toEqual([{ a: 9007199254740991, b: 1.25, c: [1, null, 3], d: 'x' }]);
  });

  it('carries double precision and text through parameters unchanged', async () => {
    const text = 'dag.with/slash and \'quotes\' "double" \\ back 💥 $1 {a,b}';
    const seconds = 1_764_000_000.123456;
    const [row] = await database.query(
      'SELECT $1::text AS text, $2::float8 AS seconds, $3::text[] AS list, extract(epoch from to_timestamp($2))::float8 AS again',
      [text, seconds, [text, null, '']],
    );
    expect(row).toEqual({ text, seconds, list: [text, null, ''], again: seconds });
  });

  it('works in UTC whatever the server is set to', async () => {
    expect(await database.query("SELECT timestamptz '2026-07-01 12:00+02'::text AS t")).toEqual([
      { t: '2026-07-01 10:00:00+00' },
    ]);
  });

  it('returns the rows of the last of several statements and the sum of their counts', async () => {
    expect(await database.query('SELECT 1 AS a; SELECT 2 AS b')).toEqual([{ b: 2 }]);
    const sql = "INSERT INTO item VALUES (901, 'a'), (902, 'b'); DELETE FROM item WHERE id > 900";
    expect(await database.execute(sql)).toBe(4);
  });
});

describe('transaction', () => {
  it('commits when the work resolves and rolls back when it rejects', async () => {
    await database.transaction((connection) => connection.execute("INSERT INTO item VALUES (1, 'kept')"));
    const failing = database.transaction(async (connection) => {
      await connection.execute("INSERT INTO item VALUES (2, 'undone')");
      throw new Error('changed my mind');
    });
    await expect(failing).rejects.toThrow('changed my mind');
    expect(await names()).toEqual(['kept']);
  });

  it('lets the error of a statement through with its SQLSTATE', async () => {
    await expect(database.execute("INSERT INTO item VALUES (1, 'twice')")).rejects.toMatchObject({
      code: '23505',
    });
  });

  it('does not hang on a COPY that the work left unfinished', async () => {
    const failing = database.transaction((connection) => {
      connection.copyFrom('COPY item FROM STDIN').write('3\thalf\n');
      return Promise.reject(new Error('left'));
    });
    await expect(failing).rejects.toThrow('left');
    const forgetful = database.transaction((connection) => {
      connection.copyFrom('COPY item FROM STDIN').write('3\thalf\n');
      return Promise.resolve();
    });
    await expect(forgetful).rejects.toThrow('unfinished');
    expect(await names()).toEqual(['kept']);
  });
});

describe('session', () => {
  it('keeps temporary tables and locks to itself', async () => {
    await database.session(async (connection) => {
      await connection.execute('CREATE TEMPORARY TABLE scratch (id int)');
      await connection.query('SELECT pg_advisory_lock(42)');
    });
    await database.session(async (connection) => {
      expect(await connection.query("SELECT to_regclass('scratch') AS t")).toEqual([{ t: null }]);
    });
  });
});

describe('COPY', () => {
  it('takes rows in and gives them back', async () => {
    const count = 50_000;
    const lines = (function* () {
      for (let id = 0; id < count; id += 1) yield `${id}\tname ${id}\n`;
    })();
    await database.transaction(async (connection) => {
      await connection.execute('TRUNCATE item');
      await pipeline(Readable.from(lines), connection.copyFrom('COPY item FROM STDIN'));
      expect(await connection.query('SELECT count(*), max(id) FROM item')).toEqual([
        { count, max: count - 1 },
      ]);
    });
    const chunks: Buffer[] = [];
    await database.session(async (connection) => {
      const out = connection.copyTo('COPY (SELECT * FROM item ORDER BY id) TO STDOUT');
      await pipeline(out, async (source) => {
        for await (const chunk of source) chunks.push(chunk as Buffer);
      });
      // The connection is usable after it.
      expect(await connection.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
    });
    const text = Buffer.concat(chunks).toString('utf8');
    expect(text.split('\n')).toHaveLength(count + 1);
    expect(text.endsWith(`${count - 1}\tname ${count - 1}\n`)).toBe(true);
  });

  it('reports a bad row and leaves nothing of the good ones', async () => {
    await database.execute('TRUNCATE item');
    const failing = database.transaction((connection) =>
      pipeline(Readable.from(['1\tgood\n', 'bad\tbad\n']), connection.copyFrom('COPY item FROM STDIN')),
    );
    await expect(failing).rejects.toMatchObject({ code: '22P02' });
    expect(await names()).toEqual([]);
  });

  it('rolls back when the source fails half way', async () => {
    const source = Readable.from(
      (function* () {
        yield '1\tgood\n';
        throw new Error('file ended early');
      })(),
    );
    const failing = database.transaction((connection) =>
      pipeline(source, connection.copyFrom('COPY item FROM STDIN')),
    );
    await expect(failing).rejects.toThrow('file ended early');
    expect(await names()).toEqual([]);
  });

  it('survives losing the connection while it writes', async () => {
    const held = await connect(temporary.url, options);
    const writing = held.transaction(async (connection) => {
      const [self] = await connection.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
      const stream = connection.copyFrom('COPY item FROM STDIN');
      const failed = new Promise((resolve) => stream.once('error', resolve));
      stream.write('1\ta\n');
      await database.query('SELECT pg_terminate_backend($1)', [self?.pid ?? 0]);
      const error = await failed;
      stream.write('2\tb\n');
      throw error;
    });
    await expect(writing).rejects.toMatchObject({ code: 'database_unavailable', retryable: true });
    expect(await held.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await held.close();
  });

  it('survives losing the connection while it reads', async () => {
    const held = await connect(temporary.url, options);
    const reading = held.session(async (connection) => {
      const [self] = await connection.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
      const source = connection.copyTo('COPY (SELECT generate_series(1, 50000000)) TO STDOUT');
      await once(source, 'readable');
      await database.query('SELECT pg_terminate_backend($1)', [self?.pid ?? 0]);
      await finished(source.resume());
    });
    await expect(reading).rejects.toMatchObject({ code: 'database_unavailable', retryable: true });
    expect(await held.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await held.close();
  });

  it('tells why a COPY ended to whoever asks after it has ended', async () => {
    const held = await connect(temporary.url, options);
    const reading = held.session(async (connection) => {
      const [self] = await connection.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
      const source = connection.copyTo('COPY (SELECT generate_series(1, 50000000)) TO STDOUT');
      const closed = new Promise((resolve) => source.once('close', resolve));
      source.resume();
      await database.query('SELECT pg_terminate_backend($1)', [self?.pid ?? 0]);
      await closed;
      await finished(source);
    });
    await expect(reading).rejects.toMatchObject({ code: 'database_unavailable', retryable: true });
    await held.close();
  });

  it('gives up reading half way at the price of the connection', async () => {
    const held = await connect(temporary.url, { ...options, maxConnections: 1 });
    const readSome = async (connection: Queryable): Promise<void> => {
      const source = connection.copyTo('COPY (SELECT generate_series(1, 50000000)) TO STDOUT');
      await once(source, 'readable');
      source.destroy();
      await once(source, 'close');
    };
    await held.session(readSome);
    await expect(held.transaction(readSome)).rejects.toMatchObject({ code: 'database_unavailable' });
    expect(await held.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await held.close();
  });
});

describe('limits', () => {
  it('ends statements that take longer than the time-out', async () => {
    const hurried = await connect(temporary.url, { ...options, statementTimeoutMs: 50 });
    await expect(hurried.query('SELECT pg_sleep(30)')).rejects.toMatchObject({ code: '57014' });
    await hurried.close();
  });

  it('goes on after idle connections were cut by the server', async () => {
    const idle = await connect(temporary.url, { ...options, applicationName: 'cut me' });
    await database.query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'cut me'",
    );
    await expect.poll(() => idle.query('SELECT 1 AS one').catch(() => null)).toEqual([{ one: 1 }]);
    await idle.close();
  });

  it('closes promptly although a statement runs, and refuses work afterwards', async () => {
    const closing = await connect(temporary.url, options);
    const running = expect(closing.query('SELECT pg_sleep(60)')).rejects.toMatchObject({
      code: 'database_unavailable',
    });
    const transaction = expect(
      closing.transaction((connection) => connection.query('SELECT pg_sleep(60)')),
    ).rejects.toMatchObject({ code: 'database_unavailable' });
    await expect
      .poll(async () => {
        const rows = await database.query(
          "SELECT FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep(60)%'",
        );
        return rows.length;
      })
      .toBe(2);
    const started = performance.now();
    await Promise.all([closing.close(), closing.close(), running, transaction]);
    expect(performance.now() - started).toBeLessThan(10_000);
    await expect(closing.query('SELECT 1')).rejects.toMatchObject({ code: 'cancelled' });
  });
});
