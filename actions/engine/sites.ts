/** The Airflow installations of the configuration, as actions reach them. */
import { airflowConnection, type AirflowConnection } from '../../collector/airflow/index.js';
import type { DeploymentConfig } from '../../core/config/schema.js';
import type { Logger } from '../../core/logger.js';
import { openSite } from '../airflow/rest-site.js';
import type { AirflowSite } from '../airflow/site.js';
import type { EngineOptions } from './options.js';

export interface SiteOptions {
  readonly logger: Logger;
}

/** Acts through `deployments[].acting`, and reads what became of runs as the collector's user. */
export function sitesOf(
  deployments: readonly DeploymentConfig[],
  options: SiteOptions,
): Pick<EngineOptions, 'withSite' | 'readRun'> {
  const byName = new Map(deployments.map((deployment) => [deployment.name, deployment]));
  const withConnection = async <T>(
    connection: AirflowConnection,
    work: (site: AirflowSite) => Promise<T>,
  ): Promise<T> => {
    const opened = await openSite(connection, options);
    try {
      return await work(opened.site);
    } finally {
      await opened.close();
    }
  };
  return {
    withSite(name) {
      const deployment = byName.get(name);
      if (deployment === undefined || !canAct(deployment)) return null;
      const { username, password, token } = deployment.acting;
      const connection = { ...airflowConnection(deployment), username, password, token };
      return (work) => withConnection(connection, work);
    },
    async readRun(name, dagId, runId) {
      const deployment = byName.get(name);
      if (deployment === undefined) return null;
      return withConnection(airflowConnection(deployment), (site) => site.run(dagId, runId));
    },
  };
}

export function canAct({ acting }: Pick<DeploymentConfig, 'acting'>): boolean {
  return acting.token !== null || (acting.username !== null && acting.password !== null);
}
