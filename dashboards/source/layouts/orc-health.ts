import { METRICS } from '../../../core/metric-names.js';
import { acted, orcStarted } from '../annotations.js';
import { graph } from '../panels/graph.js';
import { stat } from '../panels/stat.js';
import * as health from '../queries/health.js';
import { deployment } from '../variables.js';
import { dashboard, type ClassicDashboard } from './frame.js';
import { actionPanels, warningPanels } from './health-warnings.js';

const SOURCE = '{{deployment}} {{source}}';

const now = [
  stat({
    title: 'ORC processes',
    description: 'That Prometheus scrapes now.',
    width: 4,
    height: 4,
    targets: [{ expr: health.processes }],
    unit: 'none',
    steps: ['red', [1, 'green']],
    noValue: 'none',
  }),
  stat({
    title: 'Age of the scores',
    description: 'Time since the scores of a deployment were refreshed; the oldest.',
    width: 5,
    height: 4,
    targets: [{ expr: health.oldestScores }],
    unit: 's',
    decimals: 0,
    steps: ['green', [120, 'orange'], [600, 'red']],
  }),
  stat({
    title: 'Since the last collection',
    description: 'Time since a source was last collected without an error; the longest.',
    width: 5,
    height: 4,
    targets: [{ expr: health.longestSinceCollected }],
    unit: 's',
    decimals: 0,
    steps: ['green', [300, 'orange'], [1800, 'red']],
  }),
  stat({
    title: 'Failed collections in an hour',
    description: 'Of all chosen deployments.',
    width: 5,
    height: 4,
    targets: [{ expr: health.recentErrors }],
    unit: 'none',
    decimals: 0,
    steps: ['green', [1, 'orange'], [10, 'red']],
  }),
  stat({
    title: 'Scores lost in an hour',
    description: 'Served, but not stored to meet their outcome: no database for too long.',
    width: 5,
    height: 4,
    targets: [{ expr: health.recentlyLost }],
    unit: 'none',
    decimals: 0,
    steps: ['green', [1, 'red']],
  }),
];

const scores = [
  graph({
    title: 'Age of the scores',
    description: 'Saw teeth as high as `scoring.interval_seconds` are as it should be.',
    width: 8,
    height: 7,
    targets: [{ expr: health.scoresAge, legend: '{{deployment}}' }],
    unit: 's',
    min: 0,
  }),
  graph({
    title: 'Scores stored',
    description: 'Per second; dropped ones were served but will not meet their outcome.',
    width: 8,
    height: 7,
    targets: [
      { expr: health.storedRate, legend: 'stored' },
      { expr: health.scoreDropRate, legend: 'dropped', style: { color: 'red' } },
    ],
    unit: 'ops',
    min: 0,
  }),
  graph({
    title: 'DAGs left out',
    description:
      'Without series, beyond `server.dag_series_limit`, and forgotten within a day: facts of too many others came since.',
    width: 8,
    height: 7,
    targets: [
      { expr: health.dagsWithoutSeries, legend: '{{deployment}}: without series' },
      { expr: health.dagsForgotten, legend: 'forgotten' },
    ],
    unit: 'none',
    min: 0,
  }),
];

const collection = [
  graph({
    title: 'Collection lag',
    description: 'Time up to which everything that the source tells is collected, against now.',
    width: 8,
    height: 7,
    targets: [{ expr: health.collectionLag, legend: SOURCE }],
    unit: 's',
  }),
  graph({
    title: 'Since the last collection',
    description: 'Time since the source was last collected without an error.',
    width: 8,
    height: 7,
    targets: [{ expr: health.sinceCollected, legend: SOURCE }],
    unit: 's',
    min: 0,
  }),
  graph({
    title: 'Duration of a collection',
    description: 'Of the last one that succeeded.',
    width: 8,
    height: 7,
    targets: [{ expr: health.passSeconds, legend: SOURCE }],
    unit: 's',
    min: 0,
  }),
  graph({
    title: 'Facts collected',
    description: 'Per second.',
    width: 8,
    height: 7,
    targets: [{ expr: health.rowRate, legend: SOURCE }],
    unit: 'cps',
    min: 0,
  }),
  graph({
    title: 'Failed collections',
    description: 'Per second. The log says why.',
    width: 8,
    height: 7,
    targets: [{ expr: health.errorRate, legend: SOURCE }],
    unit: 'cps',
    min: 0,
  }),
  graph({
    title: 'Clock of the source',
    description: "Ahead of ORC's (above zero) or behind it, good to about a second.",
    width: 8,
    height: 7,
    targets: [{ expr: health.clockSkew, legend: SOURCE }],
    unit: 's',
  }),
];

const statsd = [
  graph({
    title: 'StatsD samples',
    description: 'Read per second.',
    width: 12,
    height: 6,
    targets: [{ expr: health.sampleRate, legend: '{{deployment}}' }],
    unit: 'cps',
    min: 0,
  }),
  graph({
    title: 'StatsD lost',
    description: 'Per second: lines that are not StatsD, and samples dropped.',
    width: 12,
    height: 6,
    targets: [
      { expr: health.parseErrorRate, legend: '{{deployment}}: unreadable' },
      { expr: health.dropRate, legend: '{{deployment}}: dropped', style: { color: 'red' } },
    ],
    unit: 'cps',
    min: 0,
  }),
];

const processPanels = [
  graph({
    title: 'Memory',
    description: 'Resident, and the used part of the JavaScript heap.',
    width: 8,
    height: 7,
    targets: [
      { expr: health.memory, legend: '{{instance}}: resident' },
      { expr: health.heap, legend: '{{instance}}: heap' },
    ],
    unit: 'bytes',
    min: 0,
  }),
  graph({
    title: 'Processor',
    description: 'Cores in use.',
    width: 6,
    height: 7,
    targets: [{ expr: health.cpu, legend: '{{instance}}' }],
    unit: 'none',
    min: 0,
  }),
  graph({
    title: 'Delay of the event loop',
    description: '99th percentile: what a request waits for at worst.',
    width: 6,
    height: 7,
    targets: [{ expr: health.eventLoopLag, legend: '{{instance}}' }],
    unit: 's',
    min: 0,
  }),
  stat({
    title: 'Up since',
    description: 'Time since each process was started.',
    width: 4,
    height: 7,
    targets: [{ expr: health.uptime, legend: '{{instance}}' }],
    unit: 's',
    decimals: 0,
    named: true,
  }),
];

/** Whether ORC can be relied on. */
export function orcHealth(): ClassicDashboard {
  return dashboard({
    name: 'orcHealth',
    description:
      'Collection, scoring, incidents and their messages, actions, StatsD intake and the processes of ORC itself.',
    from: 'now-6h',
    orcPath: 'sources',
    variables: [deployment(METRICS.scoreTimestamp)],
    annotations: [orcStarted(), acted()],
    sections: [
      { title: 'Now', panels: now },
      { title: 'Scores', panels: scores },
      { title: 'Collection', panels: collection },
      { title: 'Warnings', panels: warningPanels },
      { title: 'Actions', panels: actionPanels },
      { title: 'StatsD', panels: statsd },
      { title: 'Processes', panels: processPanels },
    ],
  });
}
