import { actingConnection, canAct, openSite, type AirflowSite } from '../../actions/index.js';
import type { DeploymentConfig } from '../../core/config/schema.js';
import type { TriggerRule } from '../../core/config/trigger-rules.js';
import type { AirflowCheckOptions } from './airflow.js';
import { createRecorder, explainFailure, type Check, type Recorder } from './check.js';

/** Tests the user that acts, where one is configured, and that what rules start is there. Every request only reads. */
export async function checkActing(
  deployment: DeploymentConfig,
  rules: readonly TriggerRule[],
  { logger, onCheck }: Pick<AirflowCheckOptions, 'logger' | 'onCheck'>,
): Promise<readonly Check[]> {
  if (!canAct(deployment)) return [];
  const { checks, record } = createRecorder(deployment.name, onCheck);
  try {
    const opened = await openSite(actingConnection(deployment), { logger });
    try {
      // Every Airflow has it.
      await opened.site.pool('default_pool');
      record('acting_login', 'ok', 'the user that acts may log in; what it may change, a change will tell');
      await checkStarts(opened.site, rules, record);
    } finally {
      await opened.close();
    }
  } catch (error) {
    const { found, fix } = explainFailure(error);
    record('acting_login', 'failed', found, fix);
  }
  return checks;
}

async function checkStarts(
  site: AirflowSite,
  rules: readonly TriggerRule[],
  record: Recorder,
): Promise<void> {
  const names = [...new Set(rules.map(({ start }) => start))];
  const missing: string[] = [];
  for (const name of names) if ((await site.dag(name))?.isActive !== true) missing.push(name);
  if (missing.length > 0)
    record(
      'acting_starts',
      'warning',
      `Airflow has no active DAG ${missing.join(', ')}: it cannot be started`,
      'Correct `start` in actions.trigger.rules, or deploy the DAG.',
    );
  else if (names.length > 0)
    record('acting_starts', 'ok', `the DAGs that rules start are there: ${names.join(', ')}`);
}
