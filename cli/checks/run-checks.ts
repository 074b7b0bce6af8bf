import { AppError } from '../../core/errors.js';
import type { Context } from '../context.js';
import { checkActing } from './acting.js';
import { checkAirflow } from './airflow.js';
import { createRecorder, type Check } from './check.js';
import { checkListenAddress } from './listen-address.js';
import { checkMetadata } from './metadata.js';
import { checkDatabase, checkDataDir } from './storage.js';

/**
 * Tests everything that the configuration names. Changes nothing but for making the data directory and, on its first use, the
 * private database in it.
 */
export async function runChecks(context: Context): Promise<readonly Check[]> {
  const { config, logger, clock, signal } = context;
  let done = 0;
  const onCheck = (): void => {
    done++;
    context.progress({ step: 'checking', done, unit: 'checks' });
  };
  const { checks, record } = createRecorder(null, onCheck);
  const count = config.deployments.length;
  if (count > 0) record('configuration', 'ok', `valid, ${count} deployment${count === 1 ? '' : 's'}`);
  else {
    record(
      'configuration',
      'warning',
      'valid, but no Airflow is configured',
      'Run orc init, which asks for it and tests it.',
    );
  }
  let usableTokens: number | null = null;
  if (await checkDataDir(config, record))
    ({ usableTokens } = await checkDatabase({ config, logger, clock }, record));
  else for (const name of ['database', 'database_schema']) record(name, 'skipped', 'needs data_dir');
  if (signal.aborted) throw new AppError('cancelled', 'stopped before it was done', { retryable: true });
  await checkListenAddress(config.server, usableTokens, record);
  const airflows: Check[] = [];
  for (const deployment of config.deployments) {
    const options = { logger, clock, signal, onCheck };
    airflows.push(
      ...(await checkAirflow(deployment, options)),
      ...(await checkMetadata(deployment, options)),
      ...(await checkActing(deployment, config.actions.trigger.rules, options)),
    );
  }
  return [...checks, ...airflows];
}
