/** The only place that reads `process.env`. */
import { homedir } from 'node:os';
import { join } from 'node:path';

export type Environment = Readonly<Record<string, string | undefined>>;

export function processEnvironment(): Environment {
  return process.env;
}

/** Folder of the embedded database when none is configured (XDG base directory specification). */
export function defaultDataDir(environment: Environment): string {
  const xdg = environment['XDG_DATA_HOME'];
  const base =
    xdg?.startsWith('/') === true ? xdg : join(environment['HOME'] ?? homedir(), '.local', 'share');
  return join(base, 'orc-ai');
}
