import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { parseAddress } from '../../collector/airflow/index.js';
import { processEnvironment } from '../../core/config/environment.js';
import { AppError } from '../../core/errors.js';
import { checkAirflow, type AirflowCheckOptions } from '../checks/airflow.js';
import { checksDocument, summarise } from '../checks/check.js';
import { formatChecks } from '../checks/format-checks.js';
import { addCommand } from '../command.js';
import { createContext, type CommonOptions, type Context } from '../context.js';
import { problemOf, toDeployment, type AirflowSettings } from '../init/airflow-settings.js';
import { askAndTest, type Outcome } from '../init/dialogue.js';
import { readGiven, type Given, type InitFlags } from '../init/given.js';
import { createTerminalPrompter } from '../init/prompter.js';
import { refuseToOverwrite, writeConfiguration, type WrittenFiles } from '../init/write-config.js';
import { ReportedFailure } from '../reported-failure.js';

interface InitOptions extends CommonOptions, InitFlags {
  readonly force?: boolean;
  /** False with `--no-check`. */
  readonly check: boolean;
}

/** `orc init`: asks for the Airflow address and credentials, tests them, writes orc.yaml. */
export function addInit(program: Command): void {
  addCommand(
    program,
    'init',
    'ask for the Airflow address and credentials, test them, and write orc.yaml',
    'orc init --url http://airflow.example.com:8080 --username orc --password-file /run/secrets/orc',
  )
    .option('--url <address>', 'address of Airflow, with its path prefix if it has one')
    .option('--name <name>', 'name of this Airflow in metrics and pages')
    .option('--username <user>', 'user with the role Viewer')
    .option('--password-file <file>', 'file that holds the password')
    .option('--password-stdin', 'read the password from standard input')
    .option('--token-file <file>', 'file that holds an access token, instead of user and password')
    .option('--force', 'overwrite files that exist')
    .option('--no-check', 'write without testing')
    .action(async (options: InitOptions) => {
      const path = resolve(options.config ?? 'orc.yaml');
      if (options.force !== true) refuseToOverwrite(path);
      const given = readGiven(options, processEnvironment(), () => readFileSync(0, 'utf8'));
      const { context, finish } = createContext(options, {}, 'general');
      try {
        const outcome = await settle(given, options, context);
        const { settings, checks } = outcome;
        const written = await writeConfiguration({
          path,
          settings,
          dataDir: options.dataDir,
          isOverwriting: options.force === true,
        });
        const result = { config: written.config, secret_file: written.secret, ...checksDocument(checks) };
        context.print(result, () => describe(written, outcome));
      } finally {
        finish();
      }
    });
}

/** Asks where there is a terminal to ask on, and otherwise takes what flags and environment say. */
async function settle(given: Given, options: InitOptions, context: Context): Promise<Outcome> {
  const { logger, clock, signal } = context;
  const checkOptions: AirflowCheckOptions = { logger, clock, signal, onCheck: () => undefined };
  const { stdin, stderr } = process;
  const isAsking = options.json !== true && options.check && stdin.isTTY && stderr.isTTY;
  if (isAsking) return askAndTest(given, createTerminalPrompter(stdin, stderr, signal), checkOptions);
  const settings = completeSettings(given);
  const deployment = toDeployment(settings);
  if (!options.check) return { settings, checks: [], areChecksTold: false };
  const checks = await checkAirflow(deployment, checkOptions);
  if (summarise(checks).failed === 0) return { settings, checks, areChecksTold: false };
  const found = { config: null, secret_file: null, ...checksDocument(checks) };
  context.print(
    found,
    () => `${formatChecks(checks)}\n\nNothing was written; --no-check writes all the same.`,
  );
  throw new ReportedFailure();
}

function completeSettings({ name, url, username, secret }: Given): AirflowSettings {
  if (url === null) {
    throw new AppError('usage', 'the address of Airflow is missing, and there is no terminal to ask on', {
      fix: 'Give --url or ORC_AIRFLOW_URL, with --username and --password-file, --password-stdin or --token-file.',
    });
  }
  const problem = problemOf('url', url);
  if (problem !== undefined) throw new AppError('usage', `the address of Airflow cannot be used: ${problem}`);
  return { name: name ?? 'default', url: parseAddress(url).base, username, secret };
}

function describe({ config, secret }: WrittenFiles, { settings, checks, areChecksTold }: Outcome): string {
  const used = settings.secret;
  const hasNews = !areChecksTold && checks.some(({ status }) => status === 'warning');
  const file = resolve('orc.yaml') === config ? '' : ` --config ${config}`;
  const next = [
    [`orc check${file}`, 'test the database and this machine too'],
    [`orc collect${file}`, 'read the history of Airflow, with progress'],
    [`orc up${file}`, 'learn from it, keep collecting, and serve http://127.0.0.1:9810'],
  ] as const;
  const width = Math.max(...next.map(([command]) => command.length));
  return [
    ...(hasNews ? [formatChecks(checks), ''] : []),
    `Written: ${config}`,
    ...(secret === null ? [] : [`         ${secret} (mode 0600)`]),
    ...(used?.kept.in === 'environment'
      ? [`The ${used.key} stays in ${used.kept.variable}: set it wherever orc runs.`]
      : []),
    '',
    'Next:',
    ...next.map(([command, purpose]) => `  ${command.padEnd(width)}  ${purpose}`),
  ].join('\n');
}
