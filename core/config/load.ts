import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parse as parseYaml } from 'yaml';
import { AppError, errorMessage } from '../errors.js';
import { type Environment, defaultDataDir } from './environment.js';
import { applyEnvironment, setPath } from './environment-keys.js';
import { readCaFile } from './ca-file.js';
import { describeIssues } from './describe-issues.js';
import { headersSchema } from './headers.js';
import { type Config, type DeploymentConfig, configSchema } from './schema.js';

export interface LoadOptions {
  /** Path of orc.yaml; null looks for ./orc.yaml and goes on without it. */
  readonly configPath: string | null;
  /** `general`: no file, and nothing about deployments; for a command that makes the file. Default `all`. */
  readonly scope?: ConfigScope;
  readonly environment: Environment;
  /** Values of command-line flags by dotted path, such as `server.port`; undefined ones are ignored. */
  readonly flags?: Readonly<Record<string, unknown>>;
  /** Told of `ORC_*` names that set nothing: a typing error, or what Kubernetes adds for a service named `orc`. */
  readonly onUnknownVariables?: (names: readonly string[]) => void;
}

export type ConfigScope = 'all' | 'general';

/** A configuration in which secrets are resolved and `data_dir` is absolute. */
export type ResolvedConfig = Config & { readonly data_dir: string };

/**
 * Flags over `ORC_*` environment over the file over defaults.
 * @throws AppError `config_invalid` that names file, key, value and what is accepted.
 */
export function loadConfig(options: LoadOptions): ResolvedConfig {
  const path = options.configPath ?? options.environment['ORC_CONFIG'] ?? null;
  const file: ConfigFile = options.scope === 'general' ? NO_FILE : readConfigFile(path);
  const { tree, unknown, set } = applyEnvironment(file.tree, options.environment);
  if (options.scope === 'general') delete tree['deployments'];
  if (unknown.length > 0) options.onUnknownVariables?.(unknown);
  const places = new Map(set);
  for (const [dotted, value] of Object.entries(options.flags ?? {})) {
    if (value === undefined) continue;
    setPath(tree, dotted.split('.'), value);
    places.set(dotted, 'command line');
  }
  const parsed = configSchema.safeParse(tree);
  if (!parsed.success)
    throw new AppError(
      'config_invalid',
      describeIssues(parsed.error, tree, places, file.name ?? 'environment'),
    );
  const config = resolveSecrets(parsed.data);
  rejectDuplicateNames(config);
  return { ...config, data_dir: resolve(config.data_dir ?? defaultDataDir(options.environment)) };
}

interface ConfigFile {
  /** Null where there is no file. */
  readonly name: string | null;
  readonly tree: Record<string, unknown>;
}

const NO_FILE: ConfigFile = { name: null, tree: {} };

function readConfigFile(path: string | null): ConfigFile {
  const name = path ?? 'orc.yaml';
  let text: string;
  try {
    text = readFileSync(name, 'utf8');
  } catch (error) {
    if (path === null && (error as NodeJS.ErrnoException).code === 'ENOENT') return NO_FILE;
    throw new AppError('config_invalid', `${name}: cannot be read (${errorMessage(error)})`, {
      cause: error,
    });
  }
  let tree: unknown;
  try {
    tree = parseYaml(text, { prettyErrors: true }) ?? {};
  } catch (error) {
    throw new AppError('config_invalid', `${name}: not valid YAML: ${errorMessage(error)}`, { cause: error });
  }
  if (typeof tree !== 'object' || tree === null || Array.isArray(tree)) {
    throw new AppError('config_invalid', `${name}: expected keys and values at the top level`);
  }
  return { name, tree: tree as Record<string, unknown> };
}

/** Every `<key>_file` next to `<key>`: its content becomes the value. */
function resolveSecrets(config: Config): Config {
  const { slack, email } = config.notifications;
  const resolved = {
    ...config,
    deployments: config.deployments.map((deployment) => ({
      ...deployment,
      acting: { ...deployment.acting },
    })),
    alerts: { ...config.alerts, alertmanager: { ...config.alerts.alertmanager } },
    notifications: { ...config.notifications, slack: { ...slack }, email: { ...email } },
  };
  readSecret(resolved, 'database_url', '');
  readSecret(resolved.alerts.alertmanager, 'token', 'alerts.alertmanager.');
  readSecret(resolved.notifications.slack, 'token', 'notifications.slack.');
  readSecret(resolved.notifications.slack, 'signing_secret', 'notifications.slack.');
  readSecret(resolved.notifications.slack, 'app_token', 'notifications.slack.');
  readSecret(resolved.notifications.email, 'password', 'notifications.email.');
  for (const [index, deployment] of resolved.deployments.entries()) {
    readSecret(deployment, 'password', `deployments.${index}.`);
    readSecret(deployment, 'token', `deployments.${index}.`);
    readSecret(deployment.acting, 'password', `deployments.${index}.acting.`);
    readSecret(deployment.acting, 'token', `deployments.${index}.acting.`);
    readSecret(deployment, 'metadata_database_url', `deployments.${index}.`);
    readSecret(deployment, 'proxy', `deployments.${index}.`);
    checkProxy(deployment.proxy, `deployments.${index}.`);
    readHeaders(deployment, `deployments.${index}.`);
    if (deployment.ca_file !== null) readCaFile(deployment.ca_file);
  }
  return resolved;
}

/** Apart from the schema: the address may come from a file, and holds secrets that no message may show. */
function checkProxy(proxy: string | null, place: string): void {
  if (proxy === null || (URL.canParse(proxy) && /^https?:$/.test(new URL(proxy).protocol))) return;
  throw new AppError(
    'config_invalid',
    `\`${place}proxy\` is [hidden]: expected an http:// or https:// address`,
  );
}

/** Headers of `headers_file` join those of `headers`. */
function readHeaders(deployment: DeploymentConfig, place: string): void {
  const holder = { headers: null as string | null, headers_file: deployment.headers_file };
  readSecret(holder, 'headers', place);
  if (holder.headers === null) return;
  const parsed = headersSchema.safeParse(holder.headers);
  if (!parsed.success) {
    throw new AppError(
      'config_invalid',
      `\`${place}headers_file\`: ${deployment.headers_file ?? ''}: ${parsed.error.issues[0]!.message}`,
    );
  }
  deployment.headers = { ...deployment.headers, ...parsed.data };
}

function readSecret(holder: Record<string, unknown>, key: string, place: string): void {
  const file = holder[`${key}_file`];
  if (typeof file !== 'string') return;
  if (holder[key] !== null)
    throw new AppError(
      'config_invalid',
      `\`${place}${key}\` and \`${place}${key}_file\` are both set; keep one`,
    );
  try {
    holder[key] = readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw new AppError(
      'config_invalid',
      `\`${place}${key}_file\`: ${file} cannot be read (${errorMessage(error)})`,
      { cause: error },
    );
  }
  if (holder[key] === '') throw new AppError('config_invalid', `\`${place}${key}_file\`: ${file} is empty`);
}

function rejectDuplicateNames(config: Config): void {
  const seen = new Set<string>();
  for (const { name } of config.deployments) {
    if (seen.has(name))
      throw new AppError(
        'config_invalid',
        `\`deployments\`: the name ${JSON.stringify(name)} occurs twice; give each its own`,
      );
    seen.add(name);
  }
}
