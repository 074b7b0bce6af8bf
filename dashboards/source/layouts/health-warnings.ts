import { bars } from '../panels/bars.js';
import { graph } from '../panels/graph.js';
import { stat } from '../panels/stat.js';
import { table } from '../panels/table.js';
import * as actions from '../queries/actions.js';
import * as health from '../queries/health.js';
import * as incidents from '../queries/incidents.js';

/** Whether warnings reach people, and were right. */
export const warningPanels = [
  graph({
    title: 'Messages about incidents',
    description:
      'In an hour: sent, updated in place, failed attempts, and dropped as over before they could be told.',
    width: 12,
    height: 7,
    targets: [{ expr: health.messages, legend: '{{channel}}: {{outcome}}' }],
    unit: 'none',
    min: 0,
  }),
  stat({
    title: 'Failed attempts in an hour',
    description: 'What could not be sent waits and is tried again; the log says why.',
    width: 6,
    height: 7,
    targets: [{ expr: health.failedMessages }],
    unit: 'none',
    decimals: 0,
    steps: ['green', [1, 'orange'], [10, 'red']],
  }),
  stat({
    title: 'Called not useful in a day',
    description: 'Presses of the button in Slack. Each makes the next warnings of its DAG rarer.',
    width: 6,
    height: 7,
    targets: [{ expr: health.notUseful }],
    unit: 'none',
    decimals: 0,
    steps: ['green', [1, 'orange']],
  }),
  graph({
    title: 'Open incidents',
    description: 'By what they are about; `orc incidents` and the page of ORC list them.',
    width: 8,
    height: 7,
    targets: [{ expr: incidents.openByKind, legend: '{{kind}}' }],
    unit: 'none',
    min: 0,
  }),
  stat({
    title: 'Messages that wait',
    description: 'Could not be sent yet, by channel. They are tried again until they are.',
    width: 4,
    height: 7,
    targets: [{ expr: incidents.waitingMessages, legend: '{{channel}}' }],
    unit: 'none',
    steps: ['green', [1, 'orange']],
    named: true,
  }),
  stat({
    title: 'Warnings that were right',
    description:
      'Of the warnings of failures of the last 30 days, the share whose run failed and that nobody called not useful.',
    width: 6,
    height: 7,
    targets: [{ expr: incidents.warningsRight, legend: '{{deployment}}' }],
    unit: 'percentunit',
    decimals: 0,
    named: true,
    noValue: 'none judged yet',
  }),
  stat({
    title: 'Warnings judged',
    description: 'Warnings of failures of the last 30 days of which it is known how the run ended.',
    width: 6,
    height: 7,
    targets: [{ expr: incidents.warningsJudged, legend: '{{deployment}}' }],
    unit: 'none',
    named: true,
    noValue: 'none yet',
  }),
];

/** Whether actions do what they are for. */
export const actionPanels = [
  stat({
    title: 'Actions that failed in an hour',
    description:
      'Refused by Airflow, without a credential, held back as the last ones did not help, or a change that could not be taken back.',
    width: 5,
    height: 7,
    targets: [{ expr: actions.anyFailures }],
    unit: 'none',
    decimals: 0,
    steps: ['green', [1, 'red']],
  }),
  bars({
    title: 'Why they failed',
    description: 'Of the last hour. The runbook of OrcActionsFailing says what helps.',
    width: 6,
    height: 7,
    target: { expr: actions.failuresByReason, legend: '{{action}}: {{reason}}' },
    unit: 'none',
    steps: ['orange'],
  }),
  graph({
    title: 'Actions',
    description:
      'In an hour: proposed to a person, done, refused by a guardrail or by Airflow, rejected by a person.',
    width: 7,
    height: 7,
    targets: [{ expr: actions.recentActions, legend: '{{action}}: {{outcome}}' }],
    unit: 'none',
    min: 0,
  }),
  table({
    title: 'What was decided so far',
    description: 'How often actions have come to each state, by their mode.',
    width: 6,
    height: 7,
    labels: [
      { label: 'action', name: 'Action' },
      { label: 'mode', name: 'Mode' },
      { label: 'outcome', name: 'State' },
    ],
    values: [{ name: 'Times', expr: actions.actionTotals, unit: 'none' }],
    sortBy: 'Times',
  }),
];
