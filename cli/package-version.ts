import { readFileSync } from 'node:fs';

/** Version of the installed package. */
export function packageVersion(): string {
  const up = import.meta.url.includes('/dist/') ? '../../package.json' : '../package.json';
  return (JSON.parse(readFileSync(new URL(up, import.meta.url), 'utf8')) as { version: string }).version;
}
