import { benchAblation } from './ablation.js';
import { benchActions } from './actions.js';
import { benchAlerts } from './alerts.js';
import { benchBacktest } from './backtest.js';
import { benchCauses } from './causes.js';
import { benchImport } from './import.js';
import { benchLateness } from './lateness.js';
import { benchMetadata } from './metadata.js';
import { measureMetrics } from './metrics.js';
import { benchReplay } from './replay.js';
import { benchRest } from './rest.js';
import { benchRetraining } from './retraining.js';
import { benchRetries } from './retries.js';
import { benchScoring } from './scoring.js';
import { benchScrapes } from './scrapes.js';
import { benchSingleRuns } from './single-runs.js';
import { benchStages } from './stages.js';
import { benchStatsd } from './statsd.js';
import { benchTraining } from './training.js';
import { benchWarningDelay } from './warning-delay.js';
import { benchXgboost } from './xgboost.js';

export interface Benchmark {
  readonly name: string;
  /** From docs/architecture.md, in words. */
  readonly target: string;
  /** Runs only when it is named: it takes long, and measures no budget. */
  readonly isOnRequest?: true;
  /** @param flags `--name value` of the command line. */
  readonly run: (flags: ReadonlyMap<string, string>) => Promise<unknown>;
}

/** Everything that is measured, in the order of the README's table. */
export const BENCHMARKS: readonly Benchmark[] = [
  { name: 'import', target: 'half the rate of COPY into the same indexed tables', run: benchImport },
  {
    name: 'metadata',
    target: 'backfill of 1,000,000 task instances at half the rate of COPY TO STDOUT, under 300 MiB',
    run: benchMetadata,
  },
  { name: 'replay', target: '150,000 tries/s', run: benchReplay },
  { name: 'backtest', target: 'ufs_tasks (683,481 tries) under 240 s and 1.5 GiB', run: benchBacktest },
  {
    name: 'xgboost',
    target: 'average precision at least level with tuned XGBoost on the same vectors',
    run: benchXgboost,
  },
  {
    name: 'training',
    target:
      '1,000,000 tries under 2x XGBoost (hist, 600 trees, depth 6, 2 threads) and 2 GiB; a warm start in a fifth',
    run: benchTraining,
  },
  {
    name: 'retraining',
    target:
      'a warm start in a fifth of the time of a training from scratch, and no worse (docs/modelling.md)',
    isOnRequest: true,
    run: benchRetraining,
  },
  {
    name: 'retries',
    target:
      'failures of tasks after all retries: calibrated, and better than their plain rate (docs/modelling.md)',
    isOnRequest: true,
    run: benchRetries,
  },
  {
    name: 'single-runs',
    target: 'a million DAGs of one run each: imported, trained on and tested, with the rate as the risk',
    isOnRequest: true,
    run: benchSingleRuns,
  },
  {
    name: 'stages',
    target: 'at each stage a calibration error within that of a perfect forecast (docs/modelling.md)',
    isOnRequest: true,
    run: benchStages,
  },
  {
    name: 'scoring',
    target: '10,000 subjects in 500 ms; in 1 s with reasons for the top 200',
    run: benchScoring,
  },
  {
    name: 'causes',
    target: 'each known cause among the first two reasons of 80 % of its failures that were warned of',
    run: benchCauses,
  },
  {
    name: 'metrics',
    target: '/metrics with 10,000 series in 100 ms at the 99th percentile',
    run: () => measureMetrics(10_000),
  },
  {
    name: 'scrapes',
    target: '/metrics in 100 ms at the 99th percentile while 1,000,000 tries are trained on',
    isOnRequest: true,
    run: benchScrapes,
  },
  {
    name: 'statsd',
    target: "100,000 datagrams/s for 30 s without loss; at least statsd_exporter's rate",
    run: benchStatsd,
  },
  {
    name: 'lateness',
    target: 'nominal 80 % intervals of end times hold 78 to 82 % on 20,000 or more simulated runs',
    run: benchLateness,
  },
  {
    name: 'actions',
    target:
      'the value of 1,000,000 drawn incidents told in under 2 s; from webhook to call under 1 s at the 95th percentile; 10,000 incidents an hour decided without delay to scoring',
    run: benchActions,
  },
  {
    name: 'rest',
    target: 'backfill within 10 % of a bare HTTP client; an idle poll of 10,000 DAGs under 1 % of a core',
    run: benchRest,
  },
  {
    name: 'ablation',
    target: 'every group of features helps on some history (docs/features-ablation.md)',
    isOnRequest: true,
    run: benchAblation,
  },
  {
    name: 'alerts',
    target:
      'one message per incident; precision and share of onset failures at three cost settings (docs/alerts.md)',
    isOnRequest: true,
    run: benchAlerts,
  },
  {
    name: 'warning-delay',
    target: 'from the fact in the store to the message: 95th percentile under 60 s',
    isOnRequest: true,
    run: benchWarningDelay,
  },
];
