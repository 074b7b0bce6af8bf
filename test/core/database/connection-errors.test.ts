import { createServer } from 'node:net';
import { beforeAll, afterAll, describe, expect, it } from 'vitest';
import { checkServerVersion } from '../../../core/database/connection-errors.js';
import { connect } from '../../../core/database/pool.js';
import { AppError } from '../../../core/errors.js';
import { silentLogger } from '../../../core/logger.js';
import { temporaryDatabase, type TemporaryDatabase } from '../../support/database.js';

let temporary: TemporaryDatabase;
beforeAll(async () => {
  temporary = await temporaryDatabase();
});
afterAll(() => temporary.drop());

const SECRET = 'sesame-9f2c';

function changed(change: (url: URL) => void): string {
  const url = new URL(temporary.url);
  change(url);
  return url.href;
}

async function failure(url: string): Promise<AppError> {
  const error: unknown = await connect(url, { logger: silentLogger(), applicationName: 'error test' }).then(
    (database) => database.close(),
    (reason: unknown) => reason,
  );
  if (!(error instanceof AppError)) throw new Error('expected an AppError', { cause: error });
  return error;
}

/** A port where nothing listens. */
async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address ? address.port : 0;
}

describe('connect', () => {
  it('says that nothing listens', async () => {
    const port = await closedPort();
    const error = await failure(`postgresql://u:${SECRET}@127.0.0.1:${port}/orc`);
    expect(error.message).toBe(
      `Cannot use the database at 127.0.0.1:${port}/orc: nothing listens at that address.`,
    );
    expect(error).toMatchObject({ code: 'database_unavailable', retryable: true });
    expect(error.fix).toContain('database_url');
  });

  it('says that the password is wrong', async () => {
    const error = await failure(changed((url) => (url.password = SECRET)));
    expect(error.message).toMatch(
      /^Cannot use the database at 127\.0\.0\.1:\d+\/test_\w+: the user or password/,
    );
    expect(error).toMatchObject({ code: 'database_unavailable', retryable: false });
    expect(`${error.message} ${error.fix ?? ''}`).not.toContain(SECRET);
  });

  it('says that a password is missing', async () => {
    const error = await failure(changed((url) => (url.password = '')));
    expect(error.message).toContain('the server asks for a password');
  });

  it('says that the database does not exist', async () => {
    const error = await failure(changed((url) => (url.pathname = '/nowhere')));
    expect(error.message).toMatch(/\/nowhere: the database does not exist\.$/);
    expect(error.fix).toContain('createdb');
  });

  it('says that the host is not known', async () => {
    const error = await failure('postgresql://u@no-such-host.invalid/orc');
    expect(error.message).toMatch(
      /^Cannot use the database at no-such-host\.invalid:5432\/orc: the host name/,
    );
  });

  it('says that the server offers no TLS', async () => {
    const error = await failure(changed((url) => (url.search = '?sslmode=verify-full')));
    expect(error.message).toContain('the server does not offer TLS');
  });

  it('says that the other side is no PostgreSQL', async () => {
    const server = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')).listen(
      0,
      '127.0.0.1',
    );
    await new Promise((resolve) => server.once('listening', resolve));
    const address = server.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const error = await failure(`postgresql://u:${SECRET}@127.0.0.1:${port}/orc`);
    server.close();
    expect(error.code).toBe('database_unavailable');
    expect(error.message).toContain(`127.0.0.1:${port}/orc`);
  });

  it.each([
    [`mysql://u:${SECRET}@host/db`, 'does not start with postgresql://'],
    [`postgresql://u:${SECRET}@host:notaport/db`, 'not a valid URL'],
    [`postgresql://u:${SECRET}@host/db?sslmode=verify-full&sslrootcert=/nowhere/ca.pem`, '/nowhere/ca.pem'],
  ])('refuses %s', async (url, reason) => {
    const error = await failure(url);
    expect(error.code).toBe('config_invalid');
    expect(error.message).toContain(reason);
    expect(`${error.message} ${error.fix ?? ''}`).not.toContain(SECRET);
  });
});

describe('checkServerVersion', () => {
  const target = { host: 'db.example.com', port: 5432, database: 'orc' };

  it('refuses what is older than 14', () => {
    expect(() => {
      checkServerVersion(130_014, '13.14', target);
    }).toThrow('The database server at db.example.com:5432 is PostgreSQL 13.14; 14 or newer is needed');
  });

  it('accepts 14 and later', () => {
    checkServerVersion(140_000, '14.0', target);
    checkServerVersion(180_004, '18.4', target);
  });
});
