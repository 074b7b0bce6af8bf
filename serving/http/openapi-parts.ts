/** What descriptions of paths are made of. */
import { z } from 'zod';

export type JsonObject = Record<string, unknown>;

/** OpenAPI 3.1 speaks JSON Schema 2020-12 as it is; `$schema` belongs to the document, not to each part. */
export function jsonSchema(schema: z.ZodType, io: 'input' | 'output' = 'output'): JsonObject {
  const whole = z.toJSONSchema(schema, { target: 'draft-2020-12', io });
  return Object.fromEntries(Object.entries(whole).filter(([key]) => key !== '$schema'));
}

export function queryParameters(schema: z.ZodType): JsonObject[] {
  const { properties = {}, required = [] } = jsonSchema(schema, 'input') as {
    properties?: Record<string, JsonObject>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, { description, ...rest }]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    description,
    schema: rest,
  }));
}

const content = (schema: string): JsonObject => ({
  'application/json': { schema: { $ref: `#/components/schemas/${schema}` } },
});

export const answer = (description: string, schema: string): JsonObject => ({
  description,
  content: content(schema),
});

export const requestBody = (schema: string): JsonObject => ({ required: false, content: content(schema) });

export const FAILURES: JsonObject = {
  '400': answer('A parameter is wrong.', 'Error'),
  '401': answer('A token is required, or the one given is not accepted.', 'Error'),
  '403': answer('The Host or Origin is not accepted, or the role does not suffice.', 'Error'),
};

export const NOT_READY: JsonObject = {
  '503': answer('There are no scores yet; the message says why.', 'Error'),
};
