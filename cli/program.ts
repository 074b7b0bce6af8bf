import { Command } from 'commander';
import { addAlerts } from './commands/alerts.js';
import { addAudit } from './commands/audit.js';
import { addBacktest } from './commands/backtest.js';
import { addCheck } from './commands/check.js';
import { addCollect } from './commands/collect.js';
import { addConfig } from './commands/config.js';
import { addDashboards } from './commands/dashboards.js';
import { addDemo } from './commands/demo.js';
import { addImport } from './commands/import.js';
import { addInit } from './commands/init.js';
import { addModels } from './commands/models.js';
import { addScore } from './commands/score.js';
import { addSimulate } from './commands/simulate.js';
import { addTokens } from './commands/tokens.js';
import { addTrain } from './commands/train.js';
import { addUp } from './commands/up.js';
import { packageVersion } from './package-version.js';

/** The `orc` command line. It throws instead of exiting. */
export function createProgram(): Command {
  const program = new Command('orc')
    .description(
      'Predicts which Airflow DAG runs and tasks will fail, says why, and exposes the risk as metrics.',
    )
    .version(packageVersion())
    .addHelpText('after', '\nExample:\n  $ orc demo\n')
    .showHelpAfterError('(orc --help shows what is accepted)')
    .exitOverride();
  for (const add of [
    addDemo,
    addInit,
    addCheck,
    addUp,
    addCollect,
    addImport,
    addTrain,
    addBacktest,
    addScore,
  ])
    add(program);
  for (const add of [addModels, addAlerts, addDashboards, addAudit, addTokens, addSimulate, addConfig])
    add(program);
  return program;
}
