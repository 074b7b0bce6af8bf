import { readFileSync } from 'node:fs';

/** The text of `sql/<name>.sql` beside this file; a line `-- include <name>` stands for the text of another. */
export function statement(name: string): string {
  const text = readFileSync(new URL(`./sql/${name}.sql`, import.meta.url), 'utf8');
  return text.replaceAll(/^-- include (\S+)$/gm, (_line, included: string) => statement(included));
}
