/** The Airflow installations of the configuration, as actions reach them. */
import { airflowConnection, type AirflowConnection } from '../../collector/airflow/index.js';
import type { DeploymentConfig } from '../../core/config/schema.js';
import type { Logger } from '../../core/logger.js';
import { openSite, type OpenSite } from '../airflow/rest-site.js';
import type { EngineOptions } from './options.js';

export interface SiteOptions {
  readonly logger: Logger;
}

/**
 * Acts through `deployments[].acting`, and reads what became of runs as the collector's user. Each user logs in once at most until
 * the sites are closed; an Airflow that could not be reached then stays so until then.
 */
export function sitesOf(
  deployments: readonly DeploymentConfig[],
  options: SiteOptions,
): Pick<EngineOptions, 'withSite' | 'readRun' | 'closeSites'> {
  const byName = new Map(deployments.map((deployment) => [deployment.name, deployment]));
  const opened = new Map<string, Promise<OpenSite>>();
  const open = (user: 'acting' | 'reading', connection: AirflowConnection): Promise<OpenSite> => {
    const key = JSON.stringify([user, connection.name]);
    const known = opened.get(key);
    if (known !== undefined) return known;
    const opening = openSite(connection, options);
    opened.set(key, opening);
    return opening;
  };
  return {
    withSite(name) {
      const deployment = byName.get(name);
      if (deployment === undefined || !canAct(deployment)) return null;
      const connection = actingConnection(deployment);
      return async (work) => work((await open('acting', connection)).site);
    },
    async readRun(name, dagId, runId) {
      const deployment = byName.get(name);
      if (deployment === undefined) return null;
      return (await open('reading', airflowConnection(deployment))).site.run(dagId, runId);
    },
    async closeSites() {
      const all = [...opened.values()];
      opened.clear();
      // One that could not be opened is nothing to close, and its error was told to whoever wanted it.
      await Promise.allSettled(all.map(async (opening) => (await opening).close()));
    },
  };
}

export function canAct({ acting }: Pick<DeploymentConfig, 'acting'>): boolean {
  return acting.token !== null || (acting.username !== null && acting.password !== null);
}

/** The way to an Airflow as the user that acts. */
export function actingConnection(deployment: DeploymentConfig): AirflowConnection {
  const { username, password, token } = deployment.acting;
  return { ...airflowConnection(deployment), username, password, token };
}
