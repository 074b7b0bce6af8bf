import { aboveThreshold, acted, incidentOpened, newCode, newModel } from '../annotations.js';
import { ofDag, toIncidents } from '../links.js';
import { bars } from '../panels/bars.js';
import { RISK_STEPS, type Steps } from '../panels/common.js';
import { graph } from '../panels/graph.js';
import { stat } from '../panels/stat.js';
import { table, type LabelColumn, type ValueColumn } from '../panels/table.js';
import { OUTCOME_WORDS } from '../panels/timeline.js';
import { oldestScores } from '../queries/health.js';
import * as incidents from '../queries/incidents.js';
import * as risk from '../queries/risk.js';
import { change, dag, deployment, team, usual } from '../variables.js';
import { dashboard, type ClassicDashboard } from './frame.js';

const CHANGE_STEPS: Steps = ['green', [-0.02, 'text'], [0.02, 'orange'], [0.2, 'red']];

const DAG_COLUMNS: readonly LabelColumn[] = [
  { label: 'dag_id', name: 'DAG', links: ofDag('row') },
  { label: 'deployment', name: 'Deployment' },
];

const end = (quantile: '0.1' | '0.5' | '0.9'): string => `${risk.expectedEnd(quantile)} * 1000`;

const riskColumn = (expr: string): ValueColumn => ({
  name: 'Risk',
  expr,
  unit: 'percentunit',
  decimals: 0,
  bar: true,
});

const summary = [
  stat({
    title: 'Open incidents',
    description: 'What alerts told and is not over yet; the table below lists them.',
    width: 3,
    height: 4,
    targets: [{ expr: incidents.openIncidents }],
    unit: 'none',
    steps: ['green', [1, 'orange']],
  }),
  stat({
    title: 'DAGs above their threshold',
    description: 'Those whose risk of failure is worth a warning, by the costs in `alerts` of orc.yaml.',
    width: 4,
    height: 4,
    targets: [{ expr: risk.aboveThreshold }],
    unit: 'none',
    steps: ['green', [1, 'orange']],
  }),
  stat({
    title: 'Highest risk of a DAG',
    description: 'Of all chosen DAGs, the highest probability that the current or next run fails.',
    width: 4,
    height: 4,
    targets: [{ expr: risk.highestFailureRisk }],
    unit: 'percentunit',
    decimals: 0,
    steps: RISK_STEPS,
  }),
  stat({
    title: 'DAGs likely to be late',
    description: 'Those that more likely than not end after their deadline.',
    width: 4,
    height: 4,
    targets: [{ expr: risk.likelyLate }],
    unit: 'none',
    steps: ['green', [1, 'orange']],
  }),
  stat({
    title: 'DAGs that failed last',
    description: 'Those whose last finished run failed.',
    width: 3,
    height: 4,
    targets: [{ expr: risk.failedLast }],
    unit: 'none',
    steps: ['green', [1, 'orange']],
  }),
  stat({
    title: 'DAGs scored',
    description: 'Active DAGs that have a risk.',
    width: 3,
    height: 4,
    targets: [{ expr: risk.scoredDags }],
    unit: 'none',
  }),
  stat({
    title: 'Age of the scores',
    description:
      'Time since they were refreshed. An old age means that ORC cannot keep up or cannot reach its database.',
    width: 3,
    height: 4,
    targets: [{ expr: oldestScores }],
    unit: 's',
    decimals: 0,
    steps: ['green', [120, 'orange'], [600, 'red']],
  }),
];

const riskiest = table({
  title: 'Riskiest now',
  description:
    'Probability that the current run, or the next one if none is active, fails, beside the threshold of a warning and the usual risk of the DAG. The name leads to the DAG.',
  width: 24,
  height: 10,
  labels: DAG_COLUMNS,
  values: [
    riskColumn(risk.ofRiskiest(25, risk.failureRisk)),
    {
      name: 'Threshold',
      expr: risk.ofRiskiest(25, risk.warningThreshold),
      unit: 'percentunit',
      decimals: 0,
    },
    { name: 'Usual', expr: risk.ofRiskiest(25, risk.usualFailureRisk), unit: 'percentunit', decimals: 0 },
    {
      name: 'Change',
      expr: risk.ofRiskiest(25, risk.failureRiskChange),
      unit: 'percentunit',
      decimals: 0,
      steps: CHANGE_STEPS,
    },
    {
      name: 'Late risk',
      expr: risk.ofRiskiest(25, risk.lateRisk),
      unit: 'percentunit',
      decimals: 0,
      steps: RISK_STEPS,
    },
    {
      name: 'Expected end',
      expr: risk.ofRiskiest(25, end('0.5')),
      unit: 'dateTimeFromNow',
    },
    {
      name: 'Last run',
      expr: risk.ofRiskiest(25, risk.lastRunFailed),
      unit: 'none',
      words: OUTCOME_WORDS,
    },
  ],
  sortBy: 'Risk',
});

const overTime = graph({
  title: 'Risk of the riskiest over time',
  description: 'The ten DAGs that are the riskiest at the end of the time range.',
  width: 14,
  height: 9,
  targets: [{ expr: risk.ofRiskiestAtEnd(10, risk.failureRisk), legend: '{{dag_id}}' }],
  unit: 'percentunit',
  min: 0,
  max: 1,
  stepped: true,
  links: ofDag('series'),
});

const changed = table({
  title: 'What changed',
  description: 'DAGs whose risk has moved the most since the chosen time.',
  width: 10,
  height: 9,
  labels: DAG_COLUMNS.slice(0, 1).concat({ label: 'deployment', name: 'Deployment', width: 110 }),
  values: [
    {
      name: 'Change',
      expr: risk.ofMostChanged(15, risk.failureRiskChange),
      unit: 'percentunit',
      decimals: 0,
      steps: CHANGE_STEPS,
    },
    riskColumn(risk.ofMostChanged(15, risk.failureRisk)),
  ],
  sortBy: 'Change',
});

const late = table({
  title: 'Likeliest to be late',
  description:
    'Probability that the current or next run ends after its deadline, and when it is expected to end.',
  width: 12,
  height: 9,
  labels: DAG_COLUMNS,
  values: [
    { ...riskColumn(risk.ofLatest(15, risk.lateRisk)), name: 'Late risk' },
    { name: 'Expected end', expr: risk.ofLatest(15, end('0.5')), unit: 'dateTimeFromNow' },
    { name: 'At the latest', expr: risk.ofLatest(15, end('0.9')), unit: 'dateTimeAsIsoNoDateIfToday' },
  ],
  sortBy: 'Late risk',
});

const ends = table({
  title: 'Next to end',
  description:
    'When the current or next runs end: the middle of the forecast, and the span that holds in four of five cases.',
  width: 12,
  height: 9,
  labels: DAG_COLUMNS,
  values: [
    { name: 'From', expr: risk.ofNextToEnd(15, end('0.1')), unit: 'dateTimeAsIsoNoDateIfToday' },
    { name: 'Expected end', expr: risk.ofNextToEnd(15, end('0.5')), unit: 'dateTimeFromNow' },
    { name: 'To', expr: risk.ofNextToEnd(15, end('0.9')), unit: 'dateTimeAsIsoNoDateIfToday' },
  ],
  sortBy: 'Expected end',
  descending: false,
});

const pools = bars({
  title: 'Pools that may fill up',
  description: 'Probability that the pool is full within the next hour.',
  width: 24,
  height: 5,
  target: { expr: risk.poolRisk, legend: '{{deployment}} / {{pool}}' },
  unit: 'percentunit',
  decimals: 0,
  steps: RISK_STEPS,
  max: 1,
});

const openIncidents = table({
  title: 'Open incidents',
  description:
    'What alerts told and is not over yet: a DAG, a pool, or an alert on ORC or Airflow. The name leads to the incidents in ORC.',
  width: 14,
  height: 8,
  labels: [
    { label: 'subject', name: 'About', links: [toIncidents()] },
    { label: 'kind', name: 'Kind' },
    { label: 'severity', name: 'Severity' },
    { label: 'team', name: 'Team' },
    { label: 'deployment', name: 'Deployment' },
  ],
  values: [{ name: 'Opened', expr: `(${incidents.openedOfTeam}) * 1000`, unit: 'dateTimeFromNow' }],
  sortBy: 'Opened',
});

const teams = table({
  title: 'By team',
  description:
    'DAGs of each team (`teams` of orc.yaml), those above their threshold, and those that failed last.',
  width: 10,
  height: 8,
  labels: [{ label: 'team', name: 'Team' }],
  values: [
    { ...riskColumn(risk.highestRiskByTeam), name: 'Highest risk' },
    { name: 'Above', expr: risk.aboveThresholdByTeam, unit: 'none', steps: ['text', [1, 'orange']] },
    { name: 'Failed last', expr: risk.failedLastByTeam, unit: 'none', steps: ['text', [1, 'orange']] },
    { name: 'DAGs', expr: risk.dagsByTeam, unit: 'none' },
  ],
  sortBy: 'Highest risk',
});

/** What to look at now. */
export function riskOverview(): ClassicDashboard {
  return dashboard({
    name: 'riskOverview',
    description: 'The DAGs most likely to fail or to be late, and what has changed.',
    from: 'now-24h',
    variables: [deployment(), team(), dag(), usual(), change()],
    annotations: [incidentOpened('team'), newCode(), acted(), newModel(), aboveThreshold()],
    sections: [
      { title: 'Now', panels: [...summary, riskiest] },
      { title: 'Incidents and teams', panels: [openIncidents, teams] },
      { title: 'Movement', panels: [overTime, changed] },
      { title: 'Time', panels: [late, ends, pools] },
    ],
  });
}
