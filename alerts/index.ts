/** The public face of alerts: thresholds from costs, the rules and routes that use them, and incidents with their messages. */
export {
  INCIDENT_STATES,
  readIncidentList,
  type IncidentList,
  type ListedIncident,
} from './incidents/list.js';
export type { ActionDecision, ActionSource, ToldAction } from './actions/types.js';
export { INCIDENT_KINDS } from './incidents/types.js';
export type { DagSituation, IncidentKey, Situation, SituationSource } from './incidents/types.js';
export type { OpenIncident, Standing } from './incidents/standing.js';
export type { Taken } from './incidents/intake.js';
export {
  createNotifications,
  type NotificationCount,
  type Notifications,
  type NotificationsOptions,
} from './notifications.js';
export type { SignedRequest } from './slack/signature.js';
export type { PressVerdict } from './slack/take-press.js';
export { costsOf, type Costs } from './thresholds/costs.js';
export type { DagTraits } from '../core/dag-selector.js';
export { feedbackOf, readFeedback, type DagFeedback } from './incidents/read-feedback.js';
export { readWarningQuality, type WarningQuality } from './incidents/read-quality.js';
export { feedbackFactor, withFeedback } from './thresholds/feedback.js';
export { renderAlertmanager } from './alertmanager/render.js';
export { renderRules, ruleSettings } from './rules/render.js';
export { TEST_ALERT, testAlerts } from './test-alert.js';
export { teamOf } from './teams.js';
export {
  SEVERITIES,
  shadowPrice,
  thresholdsOf,
  type RecentRisk,
  type Severity,
  type Thresholds,
} from './thresholds/thresholds.js';
