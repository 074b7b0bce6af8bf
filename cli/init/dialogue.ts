import {
  createAirflowClient,
  detectAuthManager,
  findAirflow,
  type AuthManager,
} from '../../collector/airflow/index.js';
import { checkAirflow, type AirflowCheckOptions } from '../checks/airflow.js';
import { howToCreateUser } from '../checks/airflow-user.js';
import { explainFailure, type Check } from '../checks/check.js';
import { formatChecks } from '../checks/format-checks.js';
import { AppError } from '../../core/errors.js';
import { problemOf, toDeployment, type AirflowSettings } from './airflow-settings.js';
import type { Given, Secret } from './given.js';
import type { Prompter } from './prompter.js';

/** What the configuration will say, and how its test went. */
export interface Outcome {
  readonly settings: AirflowSettings;
  readonly checks: readonly Check[];
  /** True when the user has seen them. */
  readonly areChecksTold: boolean;
}

interface Airflow {
  readonly url: string;
  readonly version: string;
  readonly manager: AuthManager;
}

/** Asks for what is not given, tests each answer at once, and asks again for what does not work. */
export async function askAndTest(
  given: Given,
  prompter: Prompter,
  options: AirflowCheckOptions,
): Promise<Outcome> {
  const airflow = await askForAirflow(given.url, prompter, options);
  prompter.say(`Airflow ${airflow.version} answers at ${airflow.url}.`);
  const name =
    given.name ??
    (await prompter.text('Name of this Airflow in metrics and pages', 'default', (text) =>
      problemOf('name', text),
    ));
  let { username, secret } = given;
  if (secret === null && airflow.manager !== 'simple_all_admins') {
    prompter.say(
      `\nORC needs a user that may only read.\n${howToCreateUser(airflow.manager, username ?? 'orc')}\n`,
    );
  }
  for (;;) {
    ({ username, secret } = await askForLogin(airflow.manager, { username, secret }, prompter));
    const settings = { name, url: airflow.url, username, secret };
    const checks = await checkAirflow(toDeployment(settings), options);
    prompter.say(`\n${formatChecks(checks)}\n`);
    const failed = checks.filter(({ status }) => status === 'failed');
    const outcome = { settings, checks, areChecksTold: true };
    if (failed.length === 0) return outcome;
    if (failed.some((check) => check.name === 'login')) {
      secret = null;
      continue;
    }
    if (await prompter.confirm('Something is missing. Write the configuration all the same?')) return outcome;
    throw new AppError('cancelled', 'stopped; nothing was written');
  }
}

async function askForAirflow(
  given: string | null,
  prompter: Prompter,
  options: AirflowCheckOptions,
): Promise<Airflow> {
  let url = given;
  for (;;) {
    const answer =
      url ??
      (await prompter.text('Address of Airflow, as in your browser', 'http://', (text) =>
        problemOf('url', text),
      ));
    const problem = problemOf('url', answer);
    if (problem !== undefined) prompter.say(problem);
    else {
      try {
        return await identify(answer, options);
      } catch (error) {
        const { found, fix } = explainFailure(error);
        prompter.say(`${found}${fix === undefined ? '' : `\n  fix: ${fix}`}`);
      }
    }
    url = await prompter.text('Address of Airflow', answer, (text) => problemOf('url', text));
  }
}

/** @throws AppError that says why this is not the address of an Airflow that ORC can read */
async function identify(url: string, { logger, clock, signal }: AirflowCheckOptions): Promise<Airflow> {
  const client = createAirflowClient({ name: 'new', baseUrl: url }, { logger, clock });
  try {
    const { version, restVersion } = await findAirflow(client, signal);
    return { url: client.base, version, manager: await detectAuthManager(client, restVersion, signal) };
  } finally {
    await client.close();
  }
}

interface LoginAnswer {
  readonly username: string | null;
  readonly secret: Secret | null;
}

async function askForLogin(
  manager: AuthManager,
  known: LoginAnswer,
  prompter: Prompter,
): Promise<LoginAnswer> {
  if (known.secret !== null || manager === 'simple_all_admins') return known;
  const key = await prompter.choose('How does ORC log in?', [
    { value: 'password', label: 'user and password (renews itself)' },
    { value: 'token', label: 'access token (ends some day)' },
  ]);
  const username =
    key === 'token'
      ? null
      : await prompter.text('User', known.username ?? 'orc', (text) =>
          text === '' ? 'Nothing was typed.' : undefined,
        );
  const value = await prompter.hidden(key === 'token' ? 'Token' : `Password of ${username ?? ''}`);
  return { username, secret: { key, value, kept: { in: 'new_file' } } };
}
