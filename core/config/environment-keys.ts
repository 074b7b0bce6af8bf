import type { Environment } from './environment.js';

type Tree = Record<string, unknown>;

/** Environment variables and the configuration path each sets. Those of a deployment concern the first one. */
export const ENVIRONMENT_KEYS: Readonly<Record<string, readonly string[]>> = {
  ORC_DATA_DIR: ['data_dir'],
  ORC_DATABASE_URL: ['database_url'],
  ORC_DATABASE_URL_FILE: ['database_url_file'],
  ORC_LOG_LEVEL: ['log_level'],
  ORC_SERVER_HOST: ['server', 'host'],
  ORC_SERVER_PORT: ['server', 'port'],
  ORC_SERVER_METRICS_PUBLIC: ['server', 'metrics_public'],
  ORC_AIRFLOW_NAME: ['deployments', '0', 'name'],
  ORC_AIRFLOW_URL: ['deployments', '0', 'url'],
  ORC_AIRFLOW_USERNAME: ['deployments', '0', 'username'],
  ORC_AIRFLOW_PASSWORD: ['deployments', '0', 'password'],
  ORC_AIRFLOW_PASSWORD_FILE: ['deployments', '0', 'password_file'],
  ORC_AIRFLOW_TOKEN: ['deployments', '0', 'token'],
  ORC_AIRFLOW_TOKEN_FILE: ['deployments', '0', 'token_file'],
  ORC_AIRFLOW_METADATA_DATABASE_URL: ['deployments', '0', 'metadata_database_url'],
  ORC_AIRFLOW_METADATA_DATABASE_URL_FILE: ['deployments', '0', 'metadata_database_url_file'],
  ORC_AIRFLOW_HEADERS: ['deployments', '0', 'headers'],
  ORC_AIRFLOW_HEADERS_FILE: ['deployments', '0', 'headers_file'],
  ORC_AIRFLOW_CA_FILE: ['deployments', '0', 'ca_file'],
  ORC_AIRFLOW_PROXY: ['deployments', '0', 'proxy'],
  ORC_AIRFLOW_PROXY_FILE: ['deployments', '0', 'proxy_file'],
  ORC_SLACK_TOKEN: ['notifications', 'slack', 'token'],
  ORC_SLACK_TOKEN_FILE: ['notifications', 'slack', 'token_file'],
  ORC_SLACK_SIGNING_SECRET: ['notifications', 'slack', 'signing_secret'],
  ORC_SLACK_SIGNING_SECRET_FILE: ['notifications', 'slack', 'signing_secret_file'],
  ORC_SLACK_APP_TOKEN: ['notifications', 'slack', 'app_token'],
  ORC_SLACK_APP_TOKEN_FILE: ['notifications', 'slack', 'app_token_file'],
  ORC_SLACK_CHANNEL: ['notifications', 'slack', 'channel'],
  ORC_SMTP_PASSWORD: ['notifications', 'email', 'password'],
  ORC_SMTP_PASSWORD_FILE: ['notifications', 'email', 'password_file'],
};

/** Every other name that starts with `ORC_` and is read by something else than the configuration. */
const OTHER_NAMES = new Set(['ORC_CONFIG']);

/** What the environment makes of a configuration. */
export interface AppliedEnvironment {
  readonly tree: Tree;
  /** `ORC_*` names that set nothing, to be told. */
  readonly unknown: readonly string[];
  /** Variable that set each dotted path. */
  readonly set: ReadonlyMap<string, string>;
}

/** Copy of `tree` with what the environment sets. */
export function applyEnvironment(tree: Tree, environment: Environment): AppliedEnvironment {
  const result = structuredClone(tree);
  const unknown: string[] = [];
  const set = new Map<string, string>();
  for (const [name, value] of Object.entries(environment)) {
    if (!name.startsWith('ORC_') || value === undefined || value === '' || OTHER_NAMES.has(name)) continue;
    const path = ENVIRONMENT_KEYS[name];
    if (path === undefined) {
      unknown.push(name);
      continue;
    }
    setPath(result, path, parseScalar(path.at(-1)!, value));
    set.set(path.join('.'), name);
  }
  return { tree: result, unknown, set };
}

/** Sets a value at a path, making objects and arrays on the way. */
export function setPath(tree: Tree, path: readonly string[], value: unknown): void {
  let node: Tree = tree;
  for (const [depth, key] of path.slice(0, -1).entries()) {
    const existing = node[key];
    const next =
      typeof existing === 'object' && existing !== null ? existing : path[depth + 1] === '0' ? [] : {};
    node[key] = next;
    node = next as Tree;
  }
  node[path.at(-1)!] = value;
}

/** Only these are not text: a password of digits stays a password. */
const TYPED_KEYS = new Set(['port', 'metrics_public']);

function parseScalar(key: string, value: string): unknown {
  if (!TYPED_KEYS.has(key)) return value;
  if (value === 'true' || value === 'false') return value === 'true';
  return /^\d{1,9}$/.test(value) ? Number(value) : value;
}
