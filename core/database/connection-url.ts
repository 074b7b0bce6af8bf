import pg from 'pg';
import { AppError, errorMessage } from '../errors.js';
import { errorCode, type ConnectionTarget } from './connection-errors.js';

const ACCEPTED = 'Write it as postgresql://user:password@host:5432/database.';

/**
 * Where a connection URL leads.
 *
 * @param setting configuration key that holds it, for messages
 * @throws AppError `config_invalid` when it is not a usable `postgresql://` URL. The URL itself is not repeated, since it
 * may hold a password.
 */
export function connectionTarget(url: string, setting = 'database_url'): ConnectionTarget {
  if (!/^postgres(ql)?:\/\//.test(url)) {
    throw new AppError('config_invalid', `${setting} does not start with postgresql://`, { fix: ACCEPTED });
  }
  try {
    const client = new pg.Client({ connectionString: url });
    return {
      host: client.host,
      port: client.port,
      database: client.database ?? client.user ?? 'postgres',
      setting,
    };
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'EACCES') {
      throw new AppError(
        'config_invalid',
        `${setting} names a file that cannot be read: ${errorMessage(error)}`,
        { cause: error, fix: `Correct sslcert, sslkey or sslrootcert in ${setting}.` },
      );
    }
    throw new AppError('config_invalid', `${setting} is not a valid URL`, {
      fix: `${ACCEPTED} Special characters in user and password are percent-encoded.`,
    });
  }
}
