import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { applyEnvironment } from '../../core/config/environment-keys.js';
import type { Environment } from '../../core/config/environment.js';
import { AppError, errorMessage } from '../../core/errors.js';

export interface InitFlags {
  readonly name?: string;
  readonly url?: string;
  readonly username?: string;
  readonly passwordFile?: string;
  readonly passwordStdin?: boolean;
  readonly tokenFile?: string;
}

/** A password or token, and where it stays. */
export interface Secret {
  readonly key: 'password' | 'token';
  readonly value: string;
  readonly kept:
    | { readonly in: 'file'; readonly path: string }
    | { readonly in: 'environment'; readonly variable: string }
    | { readonly in: 'new_file' };
}

/** What flags and environment say; null where neither does. */
export interface Given {
  readonly name: string | null;
  readonly url: string | null;
  readonly username: string | null;
  readonly secret: Secret | null;
}

/**
 * Flags over `ORC_AIRFLOW_*`.
 *
 * @param readStandardInput called for `--password-stdin`
 * @throws AppError `usage` when two secrets are given, or a file cannot be read
 */
export function readGiven(
  flags: InitFlags,
  environment: Environment,
  readStandardInput: () => string,
): Given {
  const { deployments } = applyEnvironment({}, environment).tree as {
    deployments?: Record<string, string>[];
  };
  const set = deployments?.[0] ?? {};
  const secrets = [
    fromFile('password', flags.passwordFile, '--password-file'),
    fromFile('password', set['password_file'], 'ORC_AIRFLOW_PASSWORD_FILE'),
    fromEnvironment('password', set['password'], 'ORC_AIRFLOW_PASSWORD'),
    fromFile('token', flags.tokenFile, '--token-file'),
    fromFile('token', set['token_file'], 'ORC_AIRFLOW_TOKEN_FILE'),
    fromEnvironment('token', set['token'], 'ORC_AIRFLOW_TOKEN'),
    flags.passwordStdin === true ? fromStandardInput(readStandardInput()) : null,
  ].filter((secret) => secret !== null);
  if (secrets.length > 1) {
    throw new AppError(
      'usage',
      `${secrets.map(({ source }) => source).join(' and ')} are both set; keep one`,
    );
  }
  return {
    name: flags.name ?? set['name'] ?? null,
    url: flags.url ?? set['url'] ?? null,
    username: flags.username ?? set['username'] ?? null,
    secret: secrets[0]?.secret ?? null,
  };
}

interface Found {
  readonly source: string;
  readonly secret: Secret;
}

function fromFile(key: Secret['key'], file: string | undefined, source: string): Found | null {
  if (file === undefined) return null;
  const path = resolve(file);
  let value: string;
  try {
    value = readFileSync(path, 'utf8').trim();
  } catch (error) {
    throw new AppError('usage', `${source}: ${path} cannot be read (${errorMessage(error)})`, {
      cause: error,
    });
  }
  if (value === '') throw new AppError('usage', `${source}: ${path} is empty`);
  return { source, secret: { key, value, kept: { in: 'file', path } } };
}

function fromEnvironment(key: Secret['key'], value: string | undefined, variable: string): Found | null {
  if (value === undefined) return null;
  return { source: variable, secret: { key, value, kept: { in: 'environment', variable } } };
}

function fromStandardInput(text: string): Found {
  const value = text.replace(/\r?\n$/, '');
  if (value === '') throw new AppError('usage', '--password-stdin: standard input is empty');
  return { source: '--password-stdin', secret: { key: 'password', value, kept: { in: 'new_file' } } };
}
