import type { ModelCard } from '../model/index.js';
import { formatTable } from './command.js';

/** A model card as text for a terminal. */
export function formatCard({ version, sections }: ModelCard): string {
  const parts = sections.map(({ heading, facts, table, notes }) =>
    [
      heading,
      ...(facts.length === 0
        ? []
        : [
            indent(
              formatTable(
                ['', ''],
                facts.map((fact) => [...fact]),
              ),
            ),
          ]),
      ...(table === null
        ? []
        : [
            indent(
              formatTable(
                [...table.head],
                table.rows.map((row) => [...row]),
              ),
            ),
          ]),
      ...notes.map((note) => `  - ${note}`),
    ].join('\n'),
  );
  return [`Model ${version}`, ...parts].join('\n\n');
}

function indent(text: string): string {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => `  ${line}`)
    .join('\n');
}
