import {
  isAirflowError,
  tokenEnd,
  type AirflowClient,
  type AuthManager,
  type ReadingTester,
  type RestVersion,
} from '../../collector/airflow/index.js';
import type { Clock } from '../../core/clock.js';
import type { DeploymentConfig } from '../../core/config/schema.js';
import { howToCorrectLogin } from './airflow-user.js';
import { explainFailure, type Recorder } from './check.js';

const TOKEN_WARNING_SECONDS = 7 * 86_400;

/** An Airflow under test. */
export interface Examination {
  readonly deployment: DeploymentConfig;
  readonly client: AirflowClient;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly record: Recorder;
}

/** What decides how a user is made and logs in. */
interface Identity {
  readonly restVersion: RestVersion;
  readonly manager: AuthManager;
}

/** Whether Airflow gives a token; one that was configured is only tried by using it. */
export async function checkTokenLogin(examination: Examination, identity: Identity): Promise<boolean> {
  try {
    await examination.client.logIn(examination.signal);
    return true;
  } catch (error) {
    recordRefusedLogin(examination, identity, error);
    return false;
  }
}

function recordRefusedLogin(
  { deployment, record }: Examination,
  { manager, restVersion }: Identity,
  error: unknown,
): void {
  const { found, fix } = explainFailure(error);
  const isRefused = isAirflowError(error, 'unauthorized') && deployment.token === null;
  record(
    'login',
    'failed',
    found,
    isRefused ? howToCorrectLogin(manager, deployment.username, restVersion) : fix,
  );
}

/** Whether Airflow knows who we are, which the first reading tells. */
export async function checkUse(
  examination: Examination,
  identity: Identity,
  tester: ReadingTester,
): Promise<boolean> {
  const { deployment, clock, record } = examination;
  const { username } = deployment;
  try {
    await tester.read('dags');
  } catch (error) {
    if (isAirflowError(error, 'unauthorized') && !error.isForbidden) {
      recordRefusedLogin(examination, identity, error);
      return false;
    }
  }
  if (deployment.token === null) {
    record('login', 'ok', username === null ? 'without a user' : `as ${JSON.stringify(username)}`);
    return true;
  }
  const end = tokenEnd(deployment.token);
  if (end === null) record('login', 'ok', 'with a token');
  else {
    const isShort = end - clock() < TOKEN_WARNING_SECONDS;
    const found = `with a token that ends at ${new Date(end * 1000).toISOString()}`;
    if (isShort)
      record(
        'login',
        'warning',
        found,
        'Set username and password instead: ORC renews its tokens by itself.',
      );
    else record('login', 'ok', found);
  }
  return true;
}
