import { AppError, errorMessage } from '../errors.js';

/** Where a connection URL leads, without its user and password: `host:port/database`. */
export interface ConnectionTarget {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  /** Configuration key that holds the URL; `database_url` unless given. */
  readonly setting?: string;
}

interface Explanation {
  readonly what: string;
  readonly fix: string;
  readonly retryable: boolean;
}

const CHECK_ADDRESS = 'Check that PostgreSQL runs there and that database_url names its host and port.';

const BY_CODE: Readonly<Record<string, Explanation>> = {
  ECONNREFUSED: { what: 'nothing listens at that address', fix: CHECK_ADDRESS, retryable: true },
  ENOENT: { what: 'there is no such socket', fix: CHECK_ADDRESS, retryable: true },
  ENOTFOUND: { what: 'the host name is not known', fix: CHECK_ADDRESS, retryable: false },
  EAI_AGAIN: { what: 'the host name could not be looked up', fix: CHECK_ADDRESS, retryable: true },
  EHOSTUNREACH: { what: 'the host cannot be reached', fix: CHECK_ADDRESS, retryable: true },
  ENETUNREACH: { what: 'the network cannot be reached', fix: CHECK_ADDRESS, retryable: true },
  ETIMEDOUT: { what: 'the host did not answer in time', fix: CHECK_ADDRESS, retryable: true },
  ECONNRESET: { what: 'the connection was closed by the other side', fix: CHECK_ADDRESS, retryable: true },
  EPIPE: { what: 'the connection was closed by the other side', fix: CHECK_ADDRESS, retryable: true },
  '28P01': {
    what: 'the user or password was not accepted',
    fix: 'Correct the user and password in database_url (or the file that database_url_file names).',
    retryable: false,
  },
  '28000': {
    what: 'the server does not let this user in from here',
    fix: "Correct the user in database_url, or allow this host in the server's pg_hba.conf.",
    retryable: false,
  },
  '3D000': {
    what: 'the database does not exist',
    fix: 'Create it with `createdb`, or name an existing one in database_url.',
    retryable: false,
  },
  '42501': {
    what: 'the user may not do this',
    fix: 'Let the user own the database, or grant it CREATE on the database and its schema.',
    retryable: false,
  },
  '53300': {
    what: 'the server has no free connection',
    fix: "Raise the server's max_connections, or stop other clients.",
    retryable: true,
  },
  '53100': { what: "the server's disk is full", fix: 'Free some space on its disk.', retryable: true },
  '53200': { what: 'the server is out of memory', fix: 'Give it more memory.', retryable: true },
  '57P01': { what: 'the server was stopped', fix: 'Start it again.', retryable: true },
  '57P02': { what: 'the server crashed and restarts', fix: 'Try again shortly.', retryable: true },
  '57P03': { what: 'the server is starting or stopping', fix: 'Try again shortly.', retryable: true },
  '25006': {
    what: 'the server is read-only (a standby)',
    fix: 'Name the primary server in database_url.',
    retryable: true,
  },
};

/** Messages of the driver that carry no code. */
const BY_MESSAGE: readonly (readonly [RegExp, Explanation])[] = [
  [
    /timeout exceeded when trying to connect/i,
    {
      what: 'no connection became free in time',
      fix: 'Try again shortly; long statements may hold all connections.',
      retryable: true,
    },
  ],
  [
    /connection timeout|timeout expired/i,
    { what: 'the host did not answer in time', fix: CHECK_ADDRESS, retryable: true },
  ],
  [
    /Connection terminated|connection error|not queryable|Client was closed/i,
    { what: 'the connection was lost', fix: CHECK_ADDRESS, retryable: true },
  ],
  [
    /password must be a string/i,
    {
      what: 'the server asks for a password',
      fix: 'Put user and password into database_url (or the file that database_url_file names).',
      retryable: false,
    },
  ],
  [
    /does not support SSL/i,
    { what: 'the server does not offer TLS', fix: 'Remove sslmode from database_url.', retryable: false },
  ],
  [
    /self-signed certificate|unable to verify|certificate/i,
    {
      what: 'its TLS certificate was not accepted',
      fix: 'Add sslrootcert=/path/to/ca.pem to database_url, or correct the host name.',
      retryable: false,
    },
  ],
];

/** The code of a system call, a SQLSTATE, or undefined. */
export function errorCode(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if (error instanceof AggregateError && error.errors.length > 0) return errorCode(error.errors[0]);
  const code = (error as Error & { code?: unknown }).code;
  return typeof code === 'string' ? code : undefined;
}

function explain(error: unknown): Explanation | undefined {
  const code = errorCode(error);
  if (code !== undefined) {
    const known = BY_CODE[code];
    if (known) return known;
    // Class 08 is "connection exception".
    if (code.startsWith('08')) {
      return { what: 'the connection was lost', fix: CHECK_ADDRESS, retryable: true };
    }
  }
  // A SQLSTATE (five characters) means that the statement itself is at fault.
  if (code !== undefined && /^[0-9A-Z]{5}$/.test(code)) return undefined;
  const message = errorMessage(error);
  return BY_MESSAGE.find(([pattern]) => pattern.test(message))?.[1];
}

function settingOf({ setting }: ConnectionTarget): string {
  return setting ?? 'database_url';
}

function targetName({ host, port, database }: ConnectionTarget): string {
  return host.startsWith('/')
    ? `${host}/.s.PGSQL.${port} (database ${database})`
    : `${host}:${port}/${database}`;
}

/**
 * `database_unavailable` for whatever kept a connection from opening. The message names `host:port/database`, never
 * the user's password.
 */
export function connectionError(error: unknown, target: ConnectionTarget): AppError {
  if (error instanceof AppError) return error;
  const known = explain(error);
  const what = known?.what ?? errorMessage(error);
  return new AppError('database_unavailable', `Cannot use the database at ${targetName(target)}: ${what}.`, {
    cause: error,
    retryable: known?.retryable ?? true,
    // The texts above name the key of the store; other databases have keys of their own.
    fix: (known?.fix ?? CHECK_ADDRESS).replaceAll('database_url', settingOf(target)),
  });
}

/**
 * What to throw for a failed statement: `database_unavailable` when the connection or the server is at fault, else the
 * driver's own error, whose `code` is the SQLSTATE.
 */
export function statementError(error: unknown, target: ConnectionTarget): unknown {
  if (error instanceof AppError || explain(error) === undefined) return error;
  return connectionError(error, target);
}

/** The oldest server that is supported, as `server_version_num`. */
const OLDEST_SERVER = 140_000;

/**
 * @param number `server_version_num`
 * @param version `server_version`
 * @throws AppError `database_unavailable` when the server is older than PostgreSQL 14.
 */
export function checkServerVersion(number: number, version: string, target: ConnectionTarget): void {
  if (number >= OLDEST_SERVER) return;
  throw new AppError(
    'database_unavailable',
    `The database server at ${target.host}:${target.port} is PostgreSQL ${version}; 14 or newer is needed`,
    { fix: `Name a newer server in ${settingOf(target)}, or leave it out.` },
  );
}
