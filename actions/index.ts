/** What ORC does to an Airflow: policy, guardrails, the ledger, and calls with a precondition, a dry run and a check of the effect. */
export { performCall, prepareCall, reconcileCall, undoOf, type PreparedCall } from './airflow/call.js';
export { openSite, type OpenSite } from './airflow/rest-site.js';
export type { CallRefusal, CallResult, Done, Refused, Unknown } from './airflow/results.js';
export type { AirflowSite } from './airflow/site.js';
export { ACTION_KINDS, actionRequestSchema, type ActionKind, type ActionRequest } from './request.js';
export { createActionEngine, type ActionEngine, type EngineOptions } from './engine/engine.js';
export { canAct, sitesOf } from './engine/sites.js';
export {
  changeAction,
  countActions,
  readAction,
  readActions,
  readStop,
  setStopped,
  type ActionCount,
  type Stop,
} from './ledger/ledger.js';
export { findAction, listActions, type ActionFilter, type ListedAction } from './ledger/list.js';
export { ACTION_STATES, type ActionState, type LedgerAction } from './ledger/types.js';
export { decide, type Decision } from './policy/decide.js';
export { GUARDRAILS, type Guardrail } from './policy/guardrails.js';
export { retrySettingsOf, type RetrySettings } from './policy/retry-settings.js';
export { reportValue } from './ledger/report-value.js';
export type { ValueLine } from './value/index.js';
export { decideProposed, type Decider, type Verdict } from './decide-proposed.js';
export { subjectOf, type ActionSubject } from './subject.js';
