import { BEYOND_USUAL, DRIFTED } from '../../../core/drift-bounds.js';
import { newModel } from '../annotations.js';
import type { Steps } from '../panels/common.js';
import { graph } from '../panels/graph.js';
import { stat } from '../panels/stat.js';
import { table } from '../panels/table.js';
import { recentlyLost, scoreDropRate, storedRate } from '../queries/health.js';
import * as model from '../queries/model.js';
import { dashboard, type ClassicDashboard } from './frame.js';

/** Above 0.1 worth a look, above 0.25 drifted: the usual reading of the population stability index. */
const OUTCOME_STEPS: Steps = ['green', [0.1, 'yellow'], [DRIFTED, 'red']];
/** As a share of the index at which a feature has drifted. */
const DRIFT_STEPS: Steps = ['green', [0.7, 'yellow'], [1, 'red']];
const OF_BOUND = `Population stability index of a feature between what the model learnt from and what it is asked, over the bound from which on it has drifted: ${DRIFTED}, or ${BEYOND_USUAL} times the most that as long a time of what the model learnt from differs by.`;
/** The calibration error that ORC aims at. */
const CALIBRATION_STEPS: Steps = ['green', [0.02, 'orange']];
const SUBSETS =
  'Subsets: all tries; onset, tries of tasks that had succeeded before; dag_runs and dag_runs_onset, the same of whole runs.';

const now = [
  stat({
    title: 'Average precision',
    description: `Of the scores that met their outcome: 1 if every failure had a higher risk than every success. ${SUBSETS}`,
    width: 9,
    height: 4,
    targets: [{ expr: model.averagePrecision, legend: '{{subset}}' }],
    unit: 'none',
    decimals: 2,
    named: true,
    noValue: 'too few outcomes yet',
  }),
  stat({
    title: 'Calibration error',
    description: `How far the risks are from the shares that really failed, on average. ${SUBSETS}`,
    width: 9,
    height: 4,
    targets: [{ expr: model.calibrationError, legend: '{{subset}}' }],
    unit: 'percentunit',
    decimals: 1,
    steps: CALIBRATION_STEPS,
    named: true,
    noValue: 'too few outcomes yet',
  }),
  stat({
    title: 'Age of the model',
    description: 'Time since the newest model in use was trained.',
    width: 3,
    height: 4,
    targets: [{ expr: model.age }],
    unit: 's',
    decimals: 1,
  }),
  stat({
    title: 'Drifted inputs',
    description:
      'Features whose values differ from those that the model learnt from, by more than these differ among themselves.',
    width: 3,
    height: 4,
    targets: [{ expr: model.driftedFeatures, legend: '{{kind}}' }],
    unit: 'none',
    steps: ['green', [1, 'orange']],
    named: true,
  }),
];

const quality = [
  graph({
    title: 'Average precision',
    description: `Over the window that \`model.quality_window_days\` sets. ${SUBSETS}`,
    width: 8,
    height: 8,
    targets: [{ expr: model.averagePrecision, legend: '{{subset}}' }],
    unit: 'none',
    min: 0,
    max: 1,
  }),
  graph({
    title: 'Calibration error',
    description: 'The dashed line is what ORC aims at.',
    width: 8,
    height: 8,
    targets: [{ expr: model.calibrationError, legend: '{{subset}}' }],
    unit: 'percentunit',
    min: 0,
    lines: CALIBRATION_STEPS,
  }),
  graph({
    title: 'Outcomes in the window',
    description: 'Scores that met their outcome: the evidence behind these figures.',
    width: 8,
    height: 8,
    targets: [{ expr: model.outcomes, legend: '{{subset}}' }],
    unit: 'short',
    min: 0,
  }),
];

const drift = [
  table({
    title: 'Inputs that drifted the most',
    description: OF_BOUND,
    width: 10,
    height: 9,
    labels: [
      { label: 'feature', name: 'Feature' },
      { label: 'kind', name: 'Of', width: 90 },
    ],
    values: [
      { name: 'Of the bound', expr: model.mostDrifted, unit: 'none', decimals: 2, steps: DRIFT_STEPS },
    ],
    sortBy: 'Of the bound',
  }),
  graph({
    title: 'Their drift over time',
    description: 'The same, of the ten features that have drifted the most at the end of the time range.',
    width: 8,
    height: 9,
    targets: [{ expr: model.mostDriftedOverTime, legend: '{{feature}} ({{kind}})' }],
    unit: 'none',
    min: 0,
    lines: DRIFT_STEPS,
  }),
  graph({
    title: 'Drift of outcomes',
    description: 'Stability index of failures between what the model learnt from and the outcomes of late.',
    width: 6,
    height: 9,
    targets: [{ expr: model.outcomeDrift, legend: '{{kind}}' }],
    unit: 'none',
    min: 0,
    lines: OUTCOME_STEPS,
  }),
];

const versions = [
  table({
    title: 'Versions in use',
    description: 'Models that score now. `orc models list` shows all.',
    width: 10,
    height: 6,
    labels: [
      { label: 'version', name: 'Version' },
      { label: 'role', name: 'Role' },
    ],
    values: [
      {
        name: 'Trained',
        expr: `${model.versions} * on (version) group_left () ${model.trainedAt} * 1000`,
        unit: 'dateTimeAsIso',
      },
    ],
    sortBy: 'Trained',
  }),
  graph({
    title: 'Scores stored',
    description:
      'Per second, to meet their outcome; dropped ones were served, but ORC had no database for too long.',
    width: 10,
    height: 6,
    targets: [
      { expr: storedRate, legend: 'stored' },
      { expr: scoreDropRate, legend: 'dropped', style: { color: 'red' } },
    ],
    unit: 'ops',
    min: 0,
  }),
  stat({
    title: 'Scores lost in an hour',
    description: 'Served but never stored: they cannot meet their outcome.',
    width: 4,
    height: 6,
    targets: [{ expr: recentlyLost }],
    unit: 'none',
    decimals: 0,
    steps: ['green', [1, 'red']],
  }),
];

/** Whether the risks can be trusted. */
export function modelQuality(): ClassicDashboard {
  return dashboard({
    name: 'modelQuality',
    description: 'How the served scores turned out, what has drifted, and which model is in use.',
    from: 'now-7d',
    orcPath: 'models',
    variables: [],
    annotations: [newModel()],
    sections: [
      { title: 'Now', panels: now },
      { title: 'Live quality', panels: quality },
      { title: 'Drift', panels: drift },
      { title: 'Models and scores', panels: versions },
    ],
  });
}
