/** What each key accepts, read from the schema: for the reference and for the messages of what is refused. */
import { z } from 'zod';
import { configSchema } from './schema.js';

/** The part of JSON Schema that the configuration uses. */
export interface SchemaNode {
  readonly description?: string;
  readonly default?: unknown;
  readonly type?: string;
  readonly anyOf?: readonly SchemaNode[];
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly items?: SchemaNode;
  readonly additionalProperties?: SchemaNode | boolean;
  /** Of a key without a default. */
  readonly examples?: readonly unknown[];
}

/** The configuration schema as JSON Schema. */
export const schemaTree = (): SchemaNode => z.toJSONSchema(configSchema, { io: 'input' }) as SchemaNode;

/** What a key accepts: `integer 0 to 65535`, ``` `fatal`, `error` ```. */
export function accepted(node: SchemaNode): string {
  if (node.enum !== undefined) return node.enum.map((value) => `\`${String(value)}\``).join(', ');
  if (node.anyOf !== undefined)
    return node.anyOf
      .filter((n) => n.type !== 'null')
      .map(accepted)
      .join(' or ');
  if (node.type === 'object') {
    const { additionalProperties: values } = node;
    return `map of names to ${typeof values === 'object' && values.type === 'string' ? 'text' : 'values'}`;
  }
  if (node.type === 'array') return `list of ${node.items?.type ?? 'values'}`;
  const range =
    node.minimum !== undefined && node.maximum !== undefined ? ` ${node.minimum} to ${node.maximum}` : '';
  return `${node.type ?? 'value'}${range}`;
}

/** What the key at this path accepts; null where the schema has no single key there. */
export function acceptedAt(path: readonly PropertyKey[]): string | null {
  let node: SchemaNode | undefined = schemaTree();
  for (const part of path) node = typeof part === 'number' ? node?.items : node?.properties?.[String(part)];
  return node === undefined || node.properties !== undefined || node.items !== undefined
    ? null
    : accepted(node);
}
