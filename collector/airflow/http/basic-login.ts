import { AirflowError } from './airflow-error.js';
import type { Credentials } from './token-session.js';

/**
 * The header Authorization of requests to Airflow 2: user and password, or the configured token for a gateway that wants one.
 * @throws AirflowError `unauthorized` without credentials, or where the header cannot carry them
 */
export function basicAuthorization(credentials: Credentials): string {
  const { username, password, token } = credentials;
  if (token !== null) return `Bearer ${token}`;
  if (username === null || password === null) {
    throw new AirflowError(
      'unauthorized',
      'Airflow 2 wants a login, and no user and password are configured',
      {
        fix: 'Set `username` and `password` (or `password_file`).',
      },
    );
  }
  if (username.includes(':')) {
    throw new AirflowError(
      'unauthorized',
      'a user name with a colon cannot log in with HTTP basic authentication',
      {
        fix: 'Use a user of Airflow without a colon in its name.',
      },
    );
  }
  return `Basic ${Buffer.from(`${username}:${password}`, 'utf8').toString('base64')}`;
}

/** Airflow 2 refuses a wrong password and a backend without basic authentication alike: 401. */
export function basicRefused(base: string, credentials: Credentials, detail: string): AirflowError {
  const { username, token } = credentials;
  const who = token === null ? `user ${JSON.stringify(username)}` : 'the configured token';
  return new AirflowError(
    'unauthorized',
    `${base} refuses ${who} (HTTP 401${detail === '' ? '' : `: ${detail.slice(0, 200)}`})`,
    {
      fix:
        'Check `username` and `password`, and that `[api] auth_backends` of that Airflow 2 lists ' +
        '`airflow.api.auth.backend.basic_auth`.',
    },
  );
}
