/** The description of /api/v1/actions, written from its schemas. */
import {
  actionReportSchema,
  actionSchema,
  actionsQuerySchema,
  actionsSchema,
  decisionBodySchema,
  stopSchema,
} from './action-schemas.js';
import {
  answer,
  FAILURES,
  jsonSchema,
  queryParameters,
  requestBody,
  type JsonObject,
} from './openapi-parts.js';

const unknown = { '404': answer('No action of this id.', 'Error') };
const id: JsonObject = {
  name: 'action_id',
  in: 'path',
  required: true,
  schema: { type: 'integer', minimum: 1 },
};

const decision = (operationId: string, summary: string): JsonObject => ({
  post: {
    operationId,
    summary: `${summary} Needs the role operator. The same token may say the same again: it changes nothing more.`,
    parameters: [id],
    requestBody: requestBody('ActionDecision'),
    responses: {
      '200': answer('The action as it is now.', 'Action'),
      ...FAILURES,
      ...unknown,
      '409': answer('It is not proposed (any more); `state` says what it is.', 'Error'),
    },
  },
});

const flip = (operationId: string, summary: string): JsonObject => ({
  post: {
    operationId,
    summary: `${summary} Needs the role admin.`,
    responses: { '200': answer('The stop switch as it is now.', 'ActionStop'), ...FAILURES },
  },
});

export const ACTION_PATHS: JsonObject = {
  '/actions': {
    get: {
      operationId: 'listActions',
      summary: 'What is, was and would have been done to Airflow, the latest first.',
      parameters: queryParameters(actionsQuerySchema),
      responses: { '200': answer('The actions.', 'Actions'), ...FAILURES },
    },
  },
  '/actions/report': {
    get: {
      operationId: 'reportActions',
      summary: 'Counts, and what acting was worth by intention to treat.',
      responses: { '200': answer('The report.', 'ActionReport'), ...FAILURES },
    },
  },
  '/actions/{action_id}': {
    get: {
      operationId: 'getAction',
      summary: 'One action.',
      parameters: [id],
      responses: { '200': answer('The action.', 'Action'), ...FAILURES, ...unknown },
    },
  },
  '/actions/{action_id}/approve': decision('approveAction', 'Lets a proposed action be called.'),
  '/actions/{action_id}/reject': decision('rejectAction', 'Lets a proposed action go.'),
  '/actions/stop': flip('stopActions', 'Nothing is called any more, also after a restart.'),
  '/actions/resume': flip('resumeActions', 'Lets go of the stop switch.'),
};

export const ACTION_SCHEMAS: JsonObject = {
  Actions: jsonSchema(actionsSchema),
  Action: jsonSchema(actionSchema),
  ActionDecision: jsonSchema(decisionBodySchema, 'input'),
  ActionStop: jsonSchema(stopSchema),
  ActionReport: jsonSchema(actionReportSchema),
};
