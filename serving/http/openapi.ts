/** The description of /api/v1, written from the schemas. */
import { z } from 'zod';
import { incidentsQuerySchema, incidentsSchema } from './incident-schemas.js';
import { dagDetailSchema, dagQuerySchema, errorSchema, risksQuerySchema, risksSchema } from './schemas.js';

type JsonObject = Record<string, unknown>;

/** OpenAPI 3.1 speaks JSON Schema 2020-12 as it is; `$schema` belongs to the document, not to each part. */
function jsonSchema(schema: z.ZodType, io: 'input' | 'output' = 'output'): JsonObject {
  const whole = z.toJSONSchema(schema, { target: 'draft-2020-12', io });
  return Object.fromEntries(Object.entries(whole).filter(([key]) => key !== '$schema'));
}

function queryParameters(schema: z.ZodType): JsonObject[] {
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

const answer = (description: string, schema: string): JsonObject => ({
  description,
  content: { 'application/json': { schema: { $ref: `#/components/schemas/${schema}` } } },
});

const failures: JsonObject = {
  '400': answer('A parameter is wrong.', 'Error'),
  '401': answer('A token is required, or the one given is not accepted.', 'Error'),
  '403': answer('The Host or Origin is not accepted, or the role does not suffice.', 'Error'),
  '503': answer('There are no scores yet; the message says why.', 'Error'),
};

/** @param version of ORC AI. */
export function openApiDocument(version: string): JsonObject {
  return {
    openapi: '3.1.0',
    info: {
      title: 'ORC AI',
      version,
      description:
        'Risks that Airflow DAG runs and task instances fail. Probabilities are calibrated, 0 to 1.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/api/v1' }],
    security: [{ token: [] }, {}],
    paths: {
      '/risks': {
        get: {
          operationId: 'listRisks',
          summary: 'Failure risk of every active DAG, riskiest first.',
          parameters: queryParameters(risksQuerySchema),
          responses: { '200': answer('The risks.', 'Risks'), ...failures },
        },
      },
      '/incidents': {
        get: {
          operationId: 'listIncidents',
          summary: 'What alerts told of, once each: how it stands or ended, and what people said.',
          parameters: queryParameters(incidentsQuerySchema),
          responses: {
            '200': answer('The incidents.', 'Incidents'),
            ...Object.fromEntries(Object.entries(failures).filter(([status]) => status !== '503')),
          },
        },
      },
      '/dags/{dag_id}': {
        get: {
          operationId: 'getDag',
          summary: 'One DAG: its risk, why, its tasks, its current and last runs.',
          parameters: [
            {
              name: 'dag_id',
              in: 'path',
              required: true,
              description: 'Percent-encoded, slashes too.',
              schema: { type: 'string' },
            },
            ...queryParameters(dagQuerySchema),
          ],
          responses: {
            '200': answer('The DAG.', 'Dag'),
            ...failures,
            '404': answer('No active DAG of this id.', 'Error'),
          },
        },
      },
    },
    components: {
      schemas: {
        Risks: jsonSchema(risksSchema),
        Dag: jsonSchema(dagDetailSchema),
        Incidents: jsonSchema(incidentsSchema),
        Error: jsonSchema(errorSchema),
      },
      securitySchemes: {
        token: {
          type: 'http',
          scheme: 'bearer',
          description: 'Made by `orc tokens create`; needed once a token exists or beyond loopback.',
        },
      },
    },
  };
}
