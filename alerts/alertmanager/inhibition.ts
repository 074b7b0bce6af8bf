/** Which alerts hold back which: one message for one trouble. */
import type { InhibitRule } from './types.js';

const alertIs = (...names: string[]): string =>
  names.length === 1 ? `alertname="${names[0]!}"` : `alertname=~"${names.join('|')}"`;

const OF_DAG = ['deployment', 'dag_id'];

export const INHIBIT_RULES: readonly InhibitRule[] = [
  // An outage speaks for the DAGs that it hits.
  {
    source_matchers: [alertIs('OrcSharedOutage')],
    target_matchers: [alertIs('OrcDagFailureRisk', 'OrcDagLateRisk', 'OrcDagFailed')],
    equal: ['deployment'],
  },
  // Of a DAG that has failed nobody needs to hear that it may fail.
  {
    source_matchers: [alertIs('OrcDagFailed')],
    target_matchers: [alertIs('OrcDagFailureRisk', 'OrcDagLateRisk')],
    equal: OF_DAG,
  },
  // Without a scheduler everything is late.
  {
    source_matchers: [alertIs('OrcAirflowSchedulerDown')],
    target_matchers: [alertIs('OrcDagLateRisk')],
    equal: ['deployment'],
  },
  {
    source_matchers: ['severity="critical"', alertIs('OrcDagFailureRisk')],
    target_matchers: ['severity="warning"', alertIs('OrcDagFailureRisk')],
    equal: OF_DAG,
  },
  {
    source_matchers: ['severity="critical"', alertIs('OrcDagLateRisk')],
    target_matchers: ['severity="warning"', alertIs('OrcDagLateRisk')],
    equal: OF_DAG,
  },
];
