import { bars } from '../panels/bars.js';
import { RISK_STEPS } from '../panels/common.js';
import { graph, type GraphOptions } from '../panels/graph.js';
import { stat } from '../panels/stat.js';
import { dropRate, packetRate, parseErrorRate, sampleRate } from '../queries/health.js';
import * as platform from '../queries/platform.js';
import { poolRisk } from '../queries/risk.js';
import { METRICS } from '../../../core/metric-names.js';
import { deployment } from '../variables.js';
import { dashboard, type ClassicDashboard } from './frame.js';

const BY_EXPORTER = 'From statsd_exporter with the mapping of the Helm chart.';

/** A graph, three to a row, of what statsd_exporter tells. */
function exporterGraph({
  description,
  unit = 'none',
  ...options
}: Pick<GraphOptions, 'title' | 'description' | 'targets'> & { readonly unit?: string }) {
  return graph({
    ...options,
    description: `${description} ${BY_EXPORTER}`,
    width: 8,
    height: 7,
    unit,
    min: 0,
  });
}

const ofOrc = [
  bars({
    title: 'Pools that may fill up',
    description: 'Probability that the pool is full within the next hour, by ORC.',
    width: 8,
    height: 7,
    target: { expr: poolRisk, legend: '{{deployment}} / {{pool}}' },
    unit: 'percentunit',
    decimals: 0,
    steps: RISK_STEPS,
    max: 1,
  }),
  graph({
    title: 'Slots of pools, as collected',
    description: 'Open slots, and tasks that want one. A pool without a limit has no open slots to count.',
    width: 8,
    height: 7,
    targets: [
      { expr: platform.collectedOpenSlots, legend: '{{deployment}} / {{pool}}: open' },
      {
        expr: platform.collectedWaiting,
        legend: '{{deployment}} / {{pool}}: waiting',
        style: { dashed: true },
      },
    ],
    unit: 'none',
  }),
  graph({
    title: 'Last heartbeats, as collected',
    description:
      'Time from the last heartbeat of a part of Airflow to when it was last looked at. Two minutes are too long.',
    width: 8,
    height: 7,
    targets: [{ expr: platform.heartbeatAge, legend: '{{deployment}} {{component}}' }],
    unit: 's',
    min: 0,
  }),
  stat({
    title: 'Files that cannot be imported, as collected',
    description: 'DAG files with an import error, by deployment.',
    width: 8,
    height: 7,
    targets: [{ expr: platform.collectedImportErrors, legend: '{{deployment}}' }],
    unit: 'none',
    steps: ['green', [1, 'red']],
    named: true,
  }),
  graph({
    title: 'StatsD that ORC reads',
    description: 'Datagrams and samples per second.',
    width: 8,
    height: 7,
    targets: [
      { expr: packetRate, legend: '{{deployment}}: datagrams' },
      { expr: sampleRate, legend: '{{deployment}}: samples' },
    ],
    unit: 'cps',
    min: 0,
  }),
  graph({
    title: 'StatsD that ORC loses',
    description:
      'Per second: lines that are not StatsD, and samples dropped (too many series, a full receive buffer, or no database for too long).',
    width: 8,
    height: 7,
    targets: [
      { expr: parseErrorRate, legend: '{{deployment}}: unreadable' },
      { expr: dropRate, legend: '{{deployment}}: dropped', style: { color: 'red' } },
    ],
    unit: 'cps',
    min: 0,
  }),
];

const scheduler = [
  exporterGraph({
    title: 'Heartbeats',
    description: 'Per minute and of all components of a kind together. A kind that stops beating is down.',
    targets: [
      { expr: platform.schedulerHeartbeats, legend: 'scheduler' },
      { expr: platform.dagProcessorHeartbeats, legend: 'DAG processor' },
      { expr: platform.triggererHeartbeats, legend: 'triggerer' },
    ],
  }),
  exporterGraph({
    title: 'Scheduler loop',
    description: 'How long one round of the scheduler takes, and the part of it under lock.',
    targets: [
      { expr: platform.schedulerLoop('0.5'), legend: 'loop, median' },
      { expr: platform.schedulerLoop('0.99'), legend: 'loop, 99 %' },
      { expr: platform.criticalSection('0.99'), legend: 'critical section, 99 %' },
    ],
    unit: 's',
  }),
  exporterGraph({
    title: 'Delay of DAG runs',
    description: 'Mean time from when a run is due until it starts, of the runs that started.',
    targets: [{ expr: platform.scheduleDelay, legend: 'delay' }],
    unit: 's',
  }),
];

const executor = [
  exporterGraph({
    title: 'Executor',
    description: 'Tasks that run, that wait in it, and slots that are free.',
    targets: [
      { expr: platform.executorRunning, legend: 'running {{executor}}' },
      { expr: platform.executorQueued, legend: 'queued {{executor}}' },
      { expr: platform.executorOpenSlots, legend: 'open slots {{executor}}' },
    ],
  }),
  exporterGraph({
    title: 'Tasks that wait for the scheduler',
    description: 'Ready to be queued, and held back because their pool is full.',
    targets: [
      { expr: platform.tasksExecutable, legend: 'executable' },
      { expr: platform.tasksStarving, legend: 'starving', style: { color: 'orange' } },
    ],
  }),
  exporterGraph({
    title: 'Tries that ended',
    description: 'Per minute.',
    targets: [
      { expr: platform.taskSuccesses, legend: 'success', style: { color: 'green' } },
      { expr: platform.taskFailures, legend: 'failed', style: { color: 'red' } },
    ],
  }),
];

const pools = [
  exporterGraph({
    title: 'Open slots by pool',
    description: "Without the series that Airflow sends beside them under no pool's name.",
    targets: [{ expr: platform.poolOpenSlots, legend: '{{pool}}' }],
  }),
  exporterGraph({
    title: 'Slots in use by pool',
    description: 'Running, queued and scheduled tasks.',
    targets: [
      { expr: platform.poolRunning, legend: '{{pool}}: running' },
      { expr: platform.poolQueued, legend: '{{pool}}: queued' },
      { expr: platform.poolScheduled, legend: '{{pool}}: scheduled' },
    ],
  }),
  exporterGraph({
    title: 'Starving tasks by pool',
    description: 'Tasks that could run if the pool had a free slot.',
    targets: [{ expr: platform.poolStarving, legend: '{{pool}}' }],
  }),
];

const parsing = [
  stat({
    title: 'Files that cannot be imported',
    description: `DAG files with an import error. ${BY_EXPORTER}`,
    width: 4,
    height: 4,
    targets: [{ expr: platform.importErrors }],
    unit: 'none',
    steps: ['green', [1, 'red']],
  }),
  stat({
    title: 'DAGs found',
    description: `At the last look at all files. ${BY_EXPORTER}`,
    width: 4,
    height: 4,
    targets: [{ expr: platform.dagFiles }],
    unit: 'none',
  }),
  exporterGraph({
    title: 'Time to parse all files',
    description: 'One round over all DAG files.',
    targets: [{ expr: platform.parseSeconds, legend: 'all files' }],
    unit: 's',
  }),
  bars({
    title: 'Slowest files',
    description: `Time to parse a file (99 %), as Airflow 3 sends it. ${BY_EXPORTER}`,
    width: 4,
    height: 7,
    target: { expr: platform.slowestFiles, legend: '{{dag_file}}' },
    unit: 's',
    steps: ['green', [10, 'orange'], [30, 'red']],
  }),
  bars({
    title: 'Longest not parsed',
    description: `Time since a file was parsed. ${BY_EXPORTER}`,
    width: 4,
    height: 7,
    target: { expr: platform.parsedAgo, legend: '{{dag_file}}' },
    unit: 's',
    steps: ['green', [600, 'orange']],
  }),
];

/** What DAGs run on. */
export function platformDashboard(): ClassicDashboard {
  return dashboard({
    name: 'platform',
    description:
      "What ORC sees of the platform, and Airflow's own metrics as statsd_exporter exposes them with the mapping of the Helm chart.",
    from: 'now-6h',
    orcPath: 'sources',
    variables: [deployment(METRICS.scoreTimestamp)],
    annotations: [],
    sections: [
      { title: 'As ORC sees it', panels: ofOrc },
      { title: 'Scheduler', panels: scheduler },
      { title: 'Executor', panels: executor },
      { title: 'Pools', panels: pools },
      { title: 'DAG files', panels: parsing },
    ],
  });
}
