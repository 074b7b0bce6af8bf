import {
  airflowConnection,
  createAirflowClient,
  createReadingTester,
  detectAuthManager,
  findAirflow,
  isAirflowError,
  OPTIONAL_READINGS,
  READINGS,
  type AirflowClient,
  type AuthManager,
  type FoundAirflow,
  type Reading,
  type ReadingTester,
} from '../../collector/airflow/index.js';
import type { Clock } from '../../core/clock.js';
import type { DeploymentConfig } from '../../core/config/schema.js';
import type { Logger } from '../../core/logger.js';
import { checkTokenLogin, checkUse, type Examination } from './airflow-login.js';
import { howToAllow } from './airflow-user.js';
import { createRecorder, explainFailure, type Check, type Recorder } from './check.js';

export interface AirflowCheckOptions {
  readonly logger: Logger;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly onCheck: (check: Check) => void;
}

/** Beyond this many seconds, times that come from Airflow and from here no longer fit together well. */
const SKEW_WARNING_SECONDS = 5;

/** Names of the checks of one deployment, in their order. */
export const AIRFLOW_CHECKS = [
  'address',
  'version',
  'clock_skew',
  'login',
  ...READINGS.map(readingName),
  'page_size',
  'least_role',
] as const;

/** Tests one Airflow: that it is one, who ORC is there, and each thing that ORC reads. Every request only reads. */
export async function checkAirflow(
  deployment: DeploymentConfig,
  options: AirflowCheckOptions,
): Promise<readonly Check[]> {
  const { checks, record } = createRecorder(deployment.name, options.onCheck);
  const { clock, signal } = options;
  let client: AirflowClient;
  try {
    client = createAirflowClient(airflowConnection(deployment), { logger: options.logger, clock });
  } catch (error) {
    const { found, fix } = explainFailure(error);
    record('address', 'failed', found, fix);
    skipRest(checks, record, 'address');
    return checks;
  }
  try {
    const stoppedAt = await examine({ deployment, client, clock, signal, record });
    if (stoppedAt !== null) skipRest(checks, record, stoppedAt);
  } finally {
    await client.close();
  }
  return checks;
}

function readingName(reading: Reading): `read_${Reading}` {
  return `read_${reading}`;
}

function skipRest(checks: readonly Check[], record: Recorder, needed: string): void {
  const done = new Set(checks.map(({ name }) => name));
  for (const name of AIRFLOW_CHECKS) if (!done.has(name)) record(name, 'skipped', `needs ${needed}`);
}

/** The name of the check without which the rest cannot be tested, or null. */
async function examine(examination: Examination): Promise<string | null> {
  const found = await checkAddress(examination);
  if (typeof found === 'string') return found;
  checkClock(examination);
  const { client, signal } = examination;
  const { restVersion } = found;
  const manager = await detectAuthManager(client, restVersion, signal);
  const tester = createReadingTester(client, restVersion, signal);
  // Airflow 2 takes user and password with each request.
  const identity = { restVersion, manager };
  if (restVersion === 'v2' && !(await checkTokenLogin(examination, identity))) return 'login';
  if (!(await checkUse(examination, identity, tester))) return 'login';
  for (const reading of READINGS) await checkReading(examination, manager, tester, reading);
  await checkPageSize(examination, tester);
  await checkLeastRole(examination, manager, tester);
  return null;
}

/** What answers there, or the name of the check that failed. */
async function checkAddress({ client, record, signal }: Examination): Promise<FoundAirflow | string> {
  try {
    const found = await findAirflow(client, signal);
    record('address', 'ok', `an Airflow answers at ${client.base}`);
    record('version', 'ok', `Airflow ${found.version}`);
    return found;
  } catch (error) {
    const { found, fix } = explainFailure(error);
    // An answer of 404 means that no Airflow is there; otherwise there is one of another version.
    const isOtherVersion = isAirflowError(error, 'unsupported') && error.cause === undefined;
    if (isOtherVersion) record('address', 'ok', `an Airflow answers at ${client.base}`);
    const name = isOtherVersion ? 'version' : 'address';
    record(name, 'failed', found, fix);
    return name;
  }
}

function checkClock({ client, record }: Examination): void {
  const skew = client.statistics().clockSkewSeconds;
  if (skew === null) {
    record('clock_skew', 'skipped', 'the server does not tell its time (no Date header)');
    return;
  }
  const seconds = Math.round(Math.abs(skew));
  if (seconds <= SKEW_WARNING_SECONDS) {
    record('clock_skew', 'ok', `at most ${Math.max(1, seconds)} s between Airflow's clock and this one`);
    return;
  }
  const found = `Airflow's clock is ${seconds} s ${skew > 0 ? 'ahead of' : 'behind'} this one`;
  record('clock_skew', 'warning', found, 'Set both clocks by NTP (timedatectl set-ntp true).');
}

async function checkReading(
  { deployment, record }: Examination,
  manager: AuthManager,
  tester: ReadingTester,
  reading: Reading,
): Promise<void> {
  const name = readingName(reading);
  if (reading === 'logs' && !deployment.failure_reasons.enabled) {
    record(name, 'skipped', '`failure_reasons` is switched off');
    return;
  }
  try {
    const outcome = await tester.read(reading);
    if (outcome.status === 'untested') record(name, 'skipped', outcome.reason);
    else if (reading === 'dags' && outcome.total === 0) {
      record(
        name,
        'warning',
        'allowed, but this user sees no DAG',
        'If Airflow has DAGs, its user may see none of them: give it the role Viewer rather than rights to single DAGs.',
      );
    } else record(name, 'ok', outcome.total === null ? 'allowed' : `allowed, ${outcome.total} seen`);
  } catch (error) {
    const { found, fix } = explainFailure(error);
    const isForbidden = isAirflowError(error, 'unauthorized') && error.isForbidden;
    const status = OPTIONAL_READINGS.has(reading) ? 'warning' : 'failed';
    record(name, status, found, isForbidden ? howToAllow(manager, reading, deployment.username) : fix);
  }
}

async function checkPageSize({ deployment, record }: Examination, tester: ReadingTester): Promise<void> {
  const name = 'page_size';
  try {
    const { asked, received, total } = await tester.pageSize(deployment.page_size);
    if (received >= asked) record(name, 'ok', `Airflow gives ${asked} rows at once, as asked for`);
    else if (total === null || total <= received) {
      record(
        name,
        'skipped',
        `cannot be seen: there are only ${received} DAG runs, and ${asked} rows are asked for`,
      );
    } else {
      const fix = `Set page_size: ${received}, or raise [api] maximum_page_limit in Airflow to ${asked}. Nothing is lost either way.`;
      record(name, 'warning', `Airflow gives ${received} rows at once where ${asked} are asked for`, fix);
    }
  } catch (error) {
    const { found } = explainFailure(error);
    record(name, 'skipped', `needs read_dag_runs (${found})`);
  }
}

/** A user who may list connections has more than ORC needs. */
async function checkLeastRole(
  { record }: Examination,
  manager: AuthManager,
  tester: ReadingTester,
): Promise<void> {
  const name = 'least_role';
  try {
    if (!(await tester.seesConnections()))
      record(name, 'ok', 'connections are closed to this user, as they should be');
    else if (manager === 'simple_all_admins') {
      record(
        name,
        'warning',
        'everybody is an administrator of this Airflow (simple_auth_manager_all_admins)',
      );
    } else {
      record(
        name,
        'warning',
        'this user may also list connections, which ORC never needs',
        'Give ORC a user of its own with the role Viewer (viewer with the SimpleAuthManager).',
      );
    }
  } catch (error) {
    record(name, 'skipped', explainFailure(error).found);
  }
}
