/** The public face of alerts: thresholds from costs, and the rules and routes that use them. */
export { costsOf, selects, type Costs, type DagSelector, type DagTraits } from './thresholds/costs.js';
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
