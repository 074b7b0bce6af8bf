import { z } from 'zod';
import { type RestVersion } from './api.js';
import { AirflowError } from './http/airflow-error.js';
import type { AirflowClient } from './http/client.js';

/**
 * What keeps the users of an Airflow: the SimpleAuthManager (the default), where it may give everybody a token
 * (`simple_auth_manager_all_admins`), the FAB provider's, or another. Airflow 2 has FAB's built in.
 */
export type AuthManager = 'simple' | 'simple_all_admins' | 'fab' | 'unknown';

/**
 * Told by what answers without a login: only the SimpleAuthManager has `GET /auth/token` (403 unless everybody is admin), only
 * FAB has `/auth/fab/v1/roles`.
 */
export async function detectAuthManager(
  client: AirflowClient,
  restVersion: RestVersion,
  signal?: AbortSignal,
): Promise<AuthManager> {
  if (restVersion === 'v1') return 'fab';
  const token = await answers(client, ['auth', 'token'], signal);
  if (token === 'allowed') return 'simple_all_admins';
  if (token === 'refused') return 'simple';
  return (await answers(client, ['auth', 'fab', 'v1', 'roles'], signal)) === 'refused' ? 'fab' : 'unknown';
}

async function answers(
  client: AirflowClient,
  path: readonly string[],
  signal: AbortSignal | undefined,
): Promise<'allowed' | 'refused' | 'other'> {
  try {
    await client.get(path, {}, z.looseObject({ access_token: z.string() }), {
      signal,
      login: 'none',
      isSingleAttempt: true,
    });
    return 'allowed';
  } catch (error) {
    if (!(error instanceof AirflowError)) throw error;
    return error.kind === 'unauthorized' ? 'refused' : 'other';
  }
}
