/** The description of /api/v1, written from the schemas. */
import { incidentsQuerySchema, incidentsSchema } from './incident-schemas.js';
import { ACTION_PATHS, ACTION_SCHEMAS } from './openapi-actions.js';
import {
  answer,
  FAILURES,
  jsonSchema,
  NOT_READY,
  queryParameters,
  type JsonObject,
} from './openapi-parts.js';
import { dagDetailSchema, dagQuerySchema, errorSchema, risksQuerySchema, risksSchema } from './schemas.js';

/** @param version of ORC AI. */
export function openApiDocument(version: string): JsonObject {
  return {
    openapi: '3.1.0',
    info: {
      title: 'ORC AI',
      version,
      description:
        'Risks that Airflow DAG runs and task instances fail (probabilities are calibrated, 0 to 1), and what is done about it.',
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
          responses: { '200': answer('The risks.', 'Risks'), ...FAILURES, ...NOT_READY },
        },
      },
      '/incidents': {
        get: {
          operationId: 'listIncidents',
          summary: 'What alerts told of, once each: how it stands or ended, and what people said.',
          parameters: queryParameters(incidentsQuerySchema),
          responses: { '200': answer('The incidents.', 'Incidents'), ...FAILURES },
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
            ...FAILURES,
            ...NOT_READY,
            '404': answer('No active DAG of this id.', 'Error'),
          },
        },
      },
      ...ACTION_PATHS,
    },
    components: {
      schemas: {
        Risks: jsonSchema(risksSchema),
        Dag: jsonSchema(dagDetailSchema),
        Incidents: jsonSchema(incidentsSchema),
        ...ACTION_SCHEMAS,
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
