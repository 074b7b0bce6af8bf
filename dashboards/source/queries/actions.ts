/** What ORC did, or would have done, about what failed. */
import { METRICS } from '../../../core/metric-names.js';
import { highestBy, OF_DEPLOYMENT, select } from '../promql.js';

const BY = ['deployment', 'action', 'mode', 'outcome'] as const;
const of = (outcomes: string): string =>
  select(METRICS.actions, { ...OF_DEPLOYMENT, outcome: `=~"${outcomes}"` });
/** Each process tells what the ledger says: the highest of them, rather than their sum. */
const reached = (outcomes: string, span: string): string =>
  `sum by (deployment, action, outcome) (${highestBy(BY, `increase(${of(outcomes)}[${span}])`)})`;

/** Of an hour, since actions are few. */
export const recentActions = `sum by (action, outcome) (${reached('proposed|done|refused|rejected', '1h')})`;
/** Where an action was done within two minutes. */
export const actionsNow = `${reached('done', '2m')} > 0`;
export const actionTotals = `sum by (action, mode, outcome) (${highestBy(BY, of('.+'))}) > 0`;

const failures = highestBy(['deployment', 'action', 'reason'], select(METRICS.actionFailures, OF_DEPLOYMENT));
export const failuresByReason = `sum by (action, reason) (${failures})`;
/** 0 rather than nothing where none failed, as long as the ledger is known. */
export const anyFailures = `sum(${failures}) or 0 * sum(${of('done')})`;
