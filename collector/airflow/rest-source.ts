import type { DeploymentConfig } from '../../core/config/schema.js';
import type { RestVersion } from './api.js';
import { readCaFile } from '../../core/config/ca-file.js';
import { type AirflowConnection, type ClientOptions, createAirflowClient } from './http/client.js';
import { createAirflowApi, findAirflow } from './probe.js';
import type { AirflowSource } from './source.js';
import { REST_TUNING } from './tuning.js';

/**
 * How to reach the Airflow of a configured deployment.
 * @throws AppError `config_invalid` when its `ca_file` is no file of certificates
 */
export function airflowConnection(deployment: DeploymentConfig): AirflowConnection {
  return {
    name: deployment.name,
    baseUrl: deployment.url,
    username: deployment.username,
    password: deployment.password,
    token: deployment.token,
    timeoutSeconds: deployment.timeout_seconds,
    concurrency: deployment.concurrency,
    gateway: {
      headers: deployment.headers,
      proxyUrl: deployment.proxy,
      certificateAuthorities: deployment.ca_file === null ? null : readCaFile(deployment.ca_file),
    },
  };
}

/** An Airflow by its REST API, v1 or v2. */
export function openRestSource(
  connection: AirflowConnection,
  pageSize: number,
  options: ClientOptions,
): AirflowSource {
  const client = createAirflowClient(connection, options);
  let last: RestVersion | undefined;
  return {
    name: 'airflow_rest',
    address: client.base,
    tuning: REST_TUNING,
    async connect(signal) {
      const found = await findAirflow(client, signal, last);
      last = found.restVersion;
      return { version: found.version, api: createAirflowApi(client, found, { pageSize, signal }) };
    },
    clockSkewSeconds: () => client.statistics().clockSkewSeconds,
    close: () => client.close(),
  };
}
