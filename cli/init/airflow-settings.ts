import { deploymentSchema, type DeploymentConfig } from '../../core/config/schema.js';
import { AppError } from '../../core/errors.js';
import type { Secret } from './given.js';

/** What is wrong with a value of a deployment's key, or undefined. */
export function problemOf(key: 'name' | 'url' | 'username', value: string): string | undefined {
  const parsed = deploymentSchema.shape[key].safeParse(value);
  if (!parsed.success) return parsed.error.issues[0]!.message;
  if (key !== 'url') return undefined;
  const { username, password } = new URL(value);
  return username === '' && password === ''
    ? undefined
    : 'leave user and password out of the address: they are asked for apart, and kept apart';
}

export interface AirflowSettings {
  readonly name: string;
  readonly url: string;
  readonly username: string | null;
  readonly secret: Secret | null;
}

/**
 * @param settings with an address that has no problem
 * @throws AppError `usage` that names the value and what is accepted
 */
export function toDeployment({ name, url, username, secret }: AirflowSettings): DeploymentConfig {
  for (const [key, value] of [
    ['name', name],
    ['username', username],
  ] as const) {
    const problem = value === null ? undefined : problemOf(key, value);
    if (problem !== undefined) {
      throw new AppError('usage', `${key} is ${JSON.stringify(value)}: ${problem}`);
    }
  }
  return deploymentSchema.parse({
    name,
    url,
    username,
    ...(secret === null ? {} : { [secret.key]: secret.value }),
  });
}
