/** What ORC does to an Airflow: calls with a precondition, a dry run where there is one, and a check of the effect. */
export { performCall, prepareCall, reconcileCall, undoOf, type PreparedCall } from './airflow/call.js';
export { openSite, type OpenSite } from './airflow/rest-site.js';
export type { CallRefusal, CallResult, Done, Refused, Unknown } from './airflow/results.js';
export type { AirflowSite } from './airflow/site.js';
export { ACTION_KINDS, actionRequestSchema, type ActionKind, type ActionRequest } from './request.js';
