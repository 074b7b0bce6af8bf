import { accepted, schemaTree, type SchemaNode } from './accepted.js';
import { ENVIRONMENT_KEYS } from './environment-keys.js';

interface Entry {
  readonly path: string;
  readonly accepted: string;
  readonly standard: string;
  readonly description: string;
}

/** docs/configuration.md, generated from the schema. */
export function renderConfigurationReference(): string {
  const rows = entries(schemaTree(), '').map(
    (e) => `| \`${e.path}\` | ${e.accepted} | ${e.standard} | ${e.description} |`,
  );
  const variables = Object.entries(ENVIRONMENT_KEYS).map(
    ([name, path]) => `| \`${name}\` | \`${path.join('.').replace('.0.', '[0].')}\` |`,
  );
  return [
    '# Configuration reference',
    '',
    'Generated from `core/config/schema.ts` by `npm run generate`. Flags win over `ORC_*` environment variables, those over `orc.yaml`,',
    'that over the defaults. An unknown key is an error. `orc config check` validates, `orc config print` shows the result with secrets hidden.',
    '',
    '| key | accepted | default | meaning |',
    '| --- | --- | --- | --- |',
    ...rows,
    '',
    '## Environment variables',
    '',
    '| variable | key |',
    '| --- | --- |',
    ...variables,
    '',
  ].join('\n');
}

function entries(node: SchemaNode, path: string): Entry[] {
  if (node.properties !== undefined) {
    return Object.entries(node.properties).flatMap(([key, child]) =>
      entries(child, path === '' ? key : `${path}.${key}`),
    );
  }
  if (node.items?.properties !== undefined) return entries(node.items, `${path}[]`);
  return [{ path, accepted: accepted(node), standard: standard(node), description: node.description ?? '' }];
}

function standard(node: SchemaNode): string {
  if (node.default === undefined) return 'required';
  return node.default === null ? 'none' : `\`${JSON.stringify(node.default)}\``;
}

/** orc.example.yaml, generated from the schema: every key with its default, commented out. */
export function renderExampleConfiguration(): string {
  const lines = [
    '# Example configuration of ORC AI. Every key with its default; remove one # to change it.',
    '',
  ];
  render(schemaTree(), 0, lines);
  return `${lines.join('\n')}\n`;
}

function exampleOf({ default: standard, examples }: SchemaNode): string {
  if (standard !== undefined) return JSON.stringify(standard);
  return examples === undefined ? 'http://airflow.example.com:8080' : JSON.stringify(examples[0]);
}

function render(node: SchemaNode, depth: number, lines: string[], firstPrefix?: string): void {
  let prefix = firstPrefix;
  for (const [key, child] of Object.entries(node.properties ?? {})) {
    const pad = '  '.repeat(depth);
    if (child.description !== undefined) lines.push(`## ${pad}${child.description}`);
    const lead = `# ${prefix ?? pad}`;
    if (child.properties !== undefined) {
      lines.push(`# ${pad}${key}:`);
      render(child, depth + 1, lines);
    } else if (child.items?.properties !== undefined) {
      lines.push(`# ${pad}${key}:`);
      render(child.items, depth + 2, lines, `${pad}  - `);
    } else {
      lines.push(`${lead}${key}: ${exampleOf(child)}`);
    }
    prefix = undefined;
  }
}
