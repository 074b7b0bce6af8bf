/** A model card (Mitchell et al. 2019) of one version: what it learnt from, how good it is, what it is for. Pure. */
import type { UnixSeconds } from '../../core/facts.js';
import type { RiskMetrics } from '../evaluation/metrics.js';
import type { HoldoutMetrics } from '../training/jobs.js';
import type { FitParameters, ModelVersion, TrainingStart, VersionEvent } from './model-version.js';

export interface CardTable {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export interface CardSection {
  readonly heading: string;
  readonly facts: readonly (readonly [label: string, value: string])[];
  readonly table: CardTable | null;
  readonly notes: readonly string[];
}

export interface ModelCard {
  readonly version: string;
  readonly sections: readonly CardSection[];
}

const USE = [
  'It estimates how likely a DAG run, or a try of a task, is to fail, so that people look in time and alerts fire early.',
  'Read a risk as a frequency: of subjects with a risk of 20 %, about one in five fails.',
];
const LIMITS = [
  'It knows this history alone. What has never failed here, it does not expect to fail; after a change of the platform, trust it once outcomes have come in.',
  'A failure after a success is hard to foresee: look at the average precision on that subset before you act on a single warning.',
  'It says what goes together with failures, not what causes them, and it judges no person.',
  'Runs that a person stopped, and tries that were skipped, are no outcomes to it.',
];

const EVENTS: Readonly<Record<VersionEvent['event'], string>> = {
  promoted: 'put into use',
  retired: 'retired',
  rolled_back: 'put back into use',
  kept_out: 'kept out of use',
};
const BY: Readonly<Record<VersionEvent['by'], string>> = {
  user: 'by a person',
  training: 'by a training',
  schedule: 'by the schedule',
  guard: 'by the watch over calibration',
};

/** Everything that the registry knows of a version, in words and figures. */
export function modelCard(version: ModelVersion): ModelCard {
  const { metrics, parameters } = version;
  return {
    version: version.version,
    sections: [
      {
        heading: 'State',
        facts: [
          ['role', version.role],
          ['trained', time(version.createdAt)],
          ['last put into use', version.promotedAt === null ? 'never' : time(version.promotedAt)],
        ],
        table: null,
        notes: version.history.map(
          ({ at, event, by, reason }) => `${time(at)}: ${EVENTS[event]} ${BY[by]}: ${reason}`,
        ),
      },
      { heading: 'Intended use', facts: [], table: null, notes: USE },
      { heading: 'Limits', facts: [], table: null, notes: LIMITS },
      {
        heading: 'Data',
        facts: [
          ['decisions from', version.dataFrom === null ? 'none' : time(version.dataFrom)],
          ['decisions until', version.dataTo === null ? 'none' : time(version.dataTo)],
          ['outcomes until', time(parameters.learnt_until)],
          ['tries', `${count(parameters.try.rows)}, ${count(parameters.try.failures)} failed`],
          [
            'DAG run moments',
            `${count(parameters.dag_run.rows)}, ${count(parameters.dag_run.failures)} of runs that failed`,
          ],
          ['feature set', version.featureSetHash],
        ],
        table: null,
        notes: [],
      },
      quality('Quality on tries', metrics.try),
      quality('Quality on DAG runs', metrics.dag_run),
      {
        heading: 'Parameters',
        facts: [
          ['seed', String(parameters.seed)],
          ...startFacts(parameters.start),
          ...fitFacts('tries', parameters.try),
          ...fitFacts('DAG runs', parameters.dag_run),
        ],
        table: null,
        notes: [],
      },
    ],
  };
}

function quality(heading: string, metrics: HoldoutMetrics): CardSection {
  const { historical_rate: rate, last_outcome: last } = metrics.baselines;
  const row = (name: string, found: RiskMetrics | null): string[] => [
    name,
    figure(found?.average_precision),
    figure(found?.roc_auc),
    figure(found?.brier),
    figure(found?.expected_calibration_error),
  ];
  return {
    heading,
    facts: [['measured on', `${count(metrics.rows)} later rows, ${count(metrics.failures)} failed`]],
    table: {
      head: ['', 'average precision', 'ROC AUC', 'Brier score', 'calibration error'],
      rows: [
        row('this model', metrics),
        row('… after a success', metrics.onset),
        row('historical rate', rate),
        row('last outcome', last),
      ],
    },
    notes: [
      'Rows that came after those that the measured models had learnt from, scored in the order of time.',
    ],
  };
}

function startFacts(start: TrainingStart | undefined): [string, string][] {
  if (start === undefined) return [];
  if (start.from === null) return [['start', `from scratch: ${start.reason ?? 'asked for'}`]];
  return [['start', `from the weights of ${start.from}, ${start.warm_starts} in a row`]];
}

function fitFacts(name: string, fit: FitParameters): [string, string][] {
  if (fit.reason !== null) return [[name, `the historical rate answers: ${fit.reason}`]];
  return [
    [
      name,
      `${fit.epochs} epochs, starting from ${fit.offset[0]} after a success and ${fit.offset[1]} otherwise`,
    ],
  ];
}

function time(at: UnixSeconds): string {
  return `${new Date(at * 1000).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

function count(value: number): string {
  return value.toLocaleString('en-US');
}

function figure(value: number | null | undefined): string {
  return value == null ? '–' : value.toFixed(4);
}
