/** What ORC does to an Airflow: policy, guardrails, the ledger, and calls with a precondition, a dry run and a check of the effect. */
export { performCall, prepareCall, reconcileCall, undoOf, type PreparedCall } from './airflow/call.js';
export { openSite, type OpenSite } from './airflow/rest-site.js';
export type { CallRefusal, CallResult, Done, Refused, Unknown } from './airflow/results.js';
export type { AirflowSite } from './airflow/site.js';
export { actionRequestSchema, type ActionRequest } from './request.js';
export { createActionEngine, type ActionEngine, type LedgerView } from './engine/engine.js';
export type { EngineOptions } from './engine/options.js';
export { actingConnection, canAct, sitesOf } from './engine/sites.js';
export { readStop, setStopped, type Stop } from './ledger/control.js';
export { mayBeAutomatic, promote, readPromotions, demote, type Promotion } from './ledger/promotions.js';
export { FAILURES, type ActionFailure } from './ledger/read-failures.js';
export {
  countActions,
  findAction,
  listActions,
  listActionsOf,
  readCalls,
  readTotals,
  type ActionCount,
  type ActionTotal,
} from './ledger/read.js';
export type { LedgerAction } from './ledger/types.js';
export { changeAction } from './ledger/write.js';
export { decide, type Decision } from './policy/decide.js';
export { decideTrigger, type TriggerDecision } from './policy/decide-trigger.js';
export { checkGuardrails, GUARDRAILS, type Guardrail, type GuardrailRefusal } from './policy/guardrails.js';
export { retrySettingsOf, type RetrySettings } from './policy/retry-settings.js';
export { mayBePromoted, readProposals, reportValue, type ProposalCount } from './ledger/report-value.js';
export { precisionOf, type Precision, type ValueLine } from './value/index.js';
export { decideProposed, type Decider, type Verdict as ProposalVerdict } from './decide-proposed.js';
