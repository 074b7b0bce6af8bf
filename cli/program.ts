import { Command } from 'commander';
import { packageVersion } from './package-version.js';

type AddCommand = (program: Command) => void;

/** Commands in the order of `orc --help`. Each is loaded when it is asked for: the network's library alone takes a second. */
const COMMANDS: ReadonlyMap<string, () => Promise<AddCommand>> = new Map([
  ['demo', async () => (await import('./commands/demo.js')).addDemo],
  ['init', async () => (await import('./commands/init.js')).addInit],
  ['check', async () => (await import('./commands/check.js')).addCheck],
  ['up', async () => (await import('./commands/up.js')).addUp],
  ['collect', async () => (await import('./commands/collect.js')).addCollect],
  ['import', async () => (await import('./commands/import.js')).addImport],
  ['train', async () => (await import('./commands/train.js')).addTrain],
  ['backtest', async () => (await import('./commands/backtest.js')).addBacktest],
  ['score', async () => (await import('./commands/score.js')).addScore],
  ['models', async () => (await import('./commands/models.js')).addModels],
  ['alerts', async () => (await import('./commands/alerts.js')).addAlerts],
  ['dashboards', async () => (await import('./commands/dashboards.js')).addDashboards],
  ['actions', async () => (await import('./commands/actions.js')).addActions],
  ['audit', async () => (await import('./commands/audit.js')).addAudit],
  ['advice', async () => (await import('./commands/advice.js')).addAdvice],
  ['tokens', async () => (await import('./commands/tokens.js')).addTokens],
  ['simulate', async () => (await import('./commands/simulate.js')).addSimulate],
  ['config', async () => (await import('./commands/config.js')).addConfig],
]);

/**
 * The `orc` command line. It throws instead of exiting.
 * @param name the one command that will be run; all are there without it, or when there is none of this name
 */
export async function createProgram(name?: string): Promise<Command> {
  const program = new Command('orc')
    .description(
      'Predicts which Airflow DAG runs and tasks will fail, says why, and exposes the risk as metrics.',
    )
    .version(packageVersion())
    .addHelpText('after', '\nExample:\n  $ orc demo\n')
    .showHelpAfterError('(orc --help shows what is accepted)')
    .exitOverride();
  const one = name === undefined ? undefined : COMMANDS.get(name);
  const wanted = one === undefined ? [...COMMANDS.values()] : [one];
  for (const load of wanted) (await load())(program);
  return program;
}
