import { aboveThreshold, acted, incidentOpened, newCode, newModel } from '../annotations.js';
import { ofDag } from '../links.js';
import { RISK_STEPS } from '../panels/common.js';
import { graph } from '../panels/graph.js';
import { stat } from '../panels/stat.js';
import { table } from '../panels/table.js';
import { OUTCOME_MAPPING, timeline } from '../panels/timeline.js';
import * as risk from '../queries/risk.js';
import { dag, deployment, team, usual } from '../variables.js';
import { dashboard, type ClassicDashboard } from './frame.js';

const untilEnd = (quantile: '0.1' | '0.5' | '0.9'): string => `${risk.expectedEnd(quantile)} - time()`;

const now = [
  stat({
    title: 'Risk',
    description: 'Probability that the current or next run fails. A click leads to the reasons in ORC.',
    width: 4,
    height: 4,
    targets: [{ expr: risk.failureRisk, legend: '{{dag_id}}' }],
    unit: 'percentunit',
    decimals: 0,
    steps: RISK_STEPS,
    links: ofDag('series'),
  }),
  stat({
    title: 'Threshold',
    description: 'Risk from which a warning is worth its cost, by `alerts` of orc.yaml.',
    width: 4,
    height: 4,
    targets: [{ expr: risk.warningThreshold, legend: '{{dag_id}}' }],
    unit: 'percentunit',
    decimals: 0,
  }),
  stat({
    title: 'Usual',
    description: 'Median of the risk over the chosen span.',
    width: 4,
    height: 4,
    targets: [{ expr: risk.usualFailureRisk, legend: '{{dag_id}}' }],
    unit: 'percentunit',
    decimals: 0,
    steps: RISK_STEPS,
  }),
  stat({
    title: 'Late risk',
    description:
      'Probability that the current or next run ends after its deadline; a dash where no deadline is known.',
    width: 4,
    height: 4,
    targets: [{ expr: risk.lateRisk, legend: '{{dag_id}}' }],
    unit: 'percentunit',
    decimals: 0,
    steps: RISK_STEPS,
  }),
  stat({
    title: 'Expected end',
    description: 'When the current or next run ends: as likely earlier as later.',
    width: 4,
    height: 4,
    targets: [{ expr: `${risk.expectedEnd('0.5')} * 1000`, legend: '{{dag_id}}' }],
    unit: 'dateTimeFromNow',
  }),
  stat({
    title: 'Last run',
    description: 'How the last finished run ended.',
    width: 4,
    height: 4,
    targets: [{ expr: risk.lastRunFailed, legend: '{{dag_id}}' }],
    unit: 'none',
    mappings: [OUTCOME_MAPPING],
  }),
];

const againstOutcomes = [
  graph({
    title: 'Risk over time',
    description:
      'Beside the threshold of a warning and the usual risk; red ground where the last finished run had failed.',
    width: 24,
    height: 9,
    targets: [
      { expr: risk.failureRisk, legend: '{{dag_id}}', style: { lineWidth: 2 } },
      {
        expr: risk.warningThreshold,
        legend: '{{dag_id}}: threshold',
        style: { dashed: true, color: 'orange' },
      },
      { expr: risk.usualFailureRisk, legend: '{{dag_id}}: usual', style: { dashed: true } },
      {
        expr: risk.lastRunFailed,
        legend: '{{dag_id}}: last run failed',
        style: { color: 'red', fill: 12, lineWidth: 0 },
      },
    ],
    unit: 'percentunit',
    min: 0,
    max: 1,
    stepped: true,
    links: ofDag('series'),
  }),
  timeline(
    {
      title: 'Last finished run',
      description: 'How it had ended, at each moment.',
      width: 24,
      height: 5,
    },
    { expr: risk.lastRunFailed, legend: '{{dag_id}}' },
    [OUTCOME_MAPPING],
  ),
];

const time = [
  graph({
    title: 'Time until the expected end',
    description:
      'Of the current or next run, with the span that holds in four of five cases. Below zero, the run takes longer than was expected.',
    width: 14,
    height: 8,
    targets: [
      { expr: untilEnd('0.9'), legend: '{{dag_id}}: at the latest', style: { lineWidth: 0, fill: 15 } },
      { expr: untilEnd('0.5'), legend: '{{dag_id}}', style: { lineWidth: 2 } },
      { expr: untilEnd('0.1'), legend: '{{dag_id}}: at the earliest', style: { dashed: true } },
    ],
    unit: 's',
    stepped: true,
  }),
  graph({
    title: 'Late risk over time',
    description: 'Probability that the run ends after its deadline.',
    width: 10,
    height: 8,
    targets: [{ expr: risk.lateRisk, legend: '{{dag_id}}' }],
    unit: 'percentunit',
    min: 0,
    max: 1,
    stepped: true,
  }),
  graph({
    title: 'Duration of runs',
    description: 'Of the last finished run at each moment, beside the median over the chosen span.',
    width: 14,
    height: 8,
    targets: [
      { expr: risk.lastRunDuration, legend: '{{dag_id}}', style: { lineWidth: 2 } },
      { expr: risk.usualDuration, legend: '{{dag_id}}: usual', style: { dashed: true } },
    ],
    unit: 's',
    min: 0,
    stepped: true,
  }),
  graph({
    title: 'Retries in a run',
    description: 'Tries beyond the first, over all tasks of the last finished run at each moment.',
    width: 10,
    height: 8,
    targets: [{ expr: risk.lastRunRetries, legend: '{{dag_id}}' }],
    unit: 'none',
    min: 0,
    stepped: true,
  }),
];

const tasks = [
  table({
    title: 'Riskiest tasks now',
    description:
      'Probability that the current or next try fails; of all DAGs, ORC exposes the riskiest tasks up to a limit.',
    width: 12,
    height: 9,
    labels: [
      { label: 'task_id', name: 'Task' },
      { label: 'dag_id', name: 'DAG', links: ofDag('row') },
      { label: 'deployment', name: 'Deployment' },
    ],
    values: [
      {
        name: 'Risk',
        expr: risk.ofRiskiestTasks(25, risk.taskRisk),
        unit: 'percentunit',
        decimals: 0,
        bar: true,
      },
      {
        name: 'Usual',
        expr: risk.ofRiskiestTasks(25, risk.usualTaskRisk),
        unit: 'percentunit',
        decimals: 0,
      },
    ],
    sortBy: 'Risk',
  }),
  graph({
    title: 'Risk of the riskiest tasks over time',
    description: 'The ten tasks that are the riskiest at the end of the time range.',
    width: 12,
    height: 9,
    targets: [{ expr: risk.ofRiskiestTasksAtEnd(10, risk.taskRisk), legend: '{{dag_id}}.{{task_id}}' }],
    unit: 'percentunit',
    min: 0,
    max: 1,
    stepped: true,
  }),
];

/** One DAG, or a few side by side. */
export function dagDetail(): ClassicDashboard {
  return dashboard({
    name: 'dagDetail',
    description:
      'Risk of a DAG over time against what happened, its tasks, and when it ends. Choose one DAG, or a few.',
    from: 'now-2d',
    variables: [deployment(), team(), dag(), usual()],
    annotations: [incidentOpened('dag'), newCode(), acted(), newModel(), aboveThreshold()],
    sections: [
      { title: 'Now', panels: now },
      { title: 'Against what happened', panels: againstOutcomes },
      { title: 'Time', panels: time },
      { title: 'Tasks', panels: tasks },
    ],
  });
}
