/** Recording rules: what alerts compare, free of labels that change with a restart, and bridging gaps of some minutes. */
import { METRICS } from '../../core/metric-names.js';
import type { Severity } from '../thresholds/thresholds.js';
import type { RecordingRule } from './types.js';

/** A restart, or a scrape that failed, resolves no alert. Longer than Prometheus's own look-back, which ends at a restart. */
const BRIDGED = '5m';

/** Names of recorded series, as level:metric:operation. */
export const RECORDED = {
  team: `deployment_dag_id:${METRICS.dagInfo.name}:max`,
  failureRisk: `deployment_dag_id:${METRICS.dagFailureRisk.name}:max`,
  lateRisk: `deployment_dag_id:${METRICS.dagLateRisk.name}:max`,
  lastRunFailed: `deployment_dag_id:${METRICS.dagLastRunFailed.name}:max`,
  threshold: `deployment_dag_id_severity:${METRICS.riskThreshold.name}:min`,
  poolRisk: `deployment_pool:${METRICS.poolSaturationRisk.name}:max`,
  dags: 'deployment:orc_dags:count',
  newlyAtRisk: 'deployment:orc_dags_newly_at_risk:count',
} as const;

/** The last value of each series of late. */
export const lately = (metric: string): string => `last_over_time(${metric}[${BRIDGED}])`;

/** The greatest (or least) value of late, over every instance of ORC. */
export const bridged = (metric: string, by: string, aggregation: 'max' | 'min' = 'max'): string =>
  `${aggregation} by (${by}) (${lately(metric)})`;

/** What fires already, and so may go on where it would not begin. */
export const isFiring = (alert: string, severity: Severity): string =>
  `ALERTS{alertname="${alert}", severity="${severity}", alertstate="firing"}`;

/** With the team's label where a team is known. */
const withTeam = (expression: string): string =>
  `${expression} * on (deployment, dag_id) group_left (team) ${RECORDED.team}\nor on (deployment, dag_id)\n${expression}`;

const ofDag = (metric: string): string => bridged(metric, 'deployment, dag_id');

/** A DAG above its threshold now that was not a day ago: one that always is belongs to no outage. */
function newlyAtRisk(): string {
  const above = (offset: string): string =>
    `${RECORDED.failureRisk}${offset} > on (deployment, dag_id) group_left () ${RECORDED.threshold}{severity="warning"}${offset}`;
  return `count by (deployment) (\n  (${above('')})\n  unless on (deployment, dag_id)\n  (${above(' offset 1d')})\n)`;
}

/** In the order in which they build on each other. */
export const RECORDING_RULES: readonly RecordingRule[] = [
  // While a DAG moves from one team to another it has both for some minutes, of which a join may see one only.
  {
    record: RECORDED.team,
    expr: `topk by (deployment, dag_id) (1, ${bridged(METRICS.dagInfo.name, 'deployment, dag_id, team')})`,
  },
  { record: RECORDED.failureRisk, expr: withTeam(ofDag(METRICS.dagFailureRisk.name)) },
  { record: RECORDED.lateRisk, expr: withTeam(ofDag(METRICS.dagLateRisk.name)) },
  { record: RECORDED.lastRunFailed, expr: withTeam(ofDag(METRICS.dagLastRunFailed.name)) },
  {
    record: RECORDED.threshold,
    expr: bridged(METRICS.riskThreshold.name, 'deployment, dag_id, severity', 'min'),
  },
  { record: RECORDED.poolRisk, expr: bridged(METRICS.poolSaturationRisk.name, 'deployment, pool') },
  { record: RECORDED.dags, expr: `count by (deployment) (${RECORDED.failureRisk})` },
  { record: RECORDED.newlyAtRisk, expr: newlyAtRisk() },
];
