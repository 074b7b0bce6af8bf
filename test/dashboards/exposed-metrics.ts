import { liveQuality } from '../../model/quality/live-quality.js';
import { createMetrics } from '../../serving/metrics.js';
import { outcomes } from '../model/quality/outcomes.js';
import { NOW, sketchSource } from '../serving/support.js';

const drift = {
  inputs: { rows: 500, features: [{ feature: 'task__age__now', usual: 0.1, psi: 0.5 }] },
  outcome: 0.1,
  trainingFailureRate: 0.1,
  liveFailureRate: 0.1,
};
const polling = {
  knownUntil: NOW,
  clockSkewSeconds: 0,
  passSeconds: 1,
  airflowVersion: '3.2.1',
  failure: null,
};

/** Names of the metrics with at least one series on the page of an ORC that knows all it can know. */
export async function exposedMetrics(): Promise<ReadonlySet<string>> {
  const metrics = createMetrics({
    scorer: sketchSource(
      [
        {
          dagId: 'a',
          risk: 0.1,
          stage: 'running',
          outcomes: 'sf',
          tasks: { extract: 0.1 },
          ends: [60, 120, 300],
          codeChangedAt: NOW - 60,
          late: 0.25,
          deadline: [200, 'learnt'],
        },
      ],
      {},
      {
        pools: [
          {
            deployment: 'production',
            pool: 'etl',
            slots: 4,
            occupiedSlots: 1,
            dueSlots: 2,
            risk: 0.5,
            usualRisk: 0.2,
          },
        ],
      },
    ),
    collectorStatus: () => [
      { deployment: 'production', source: 'airflow_rest', lastSuccessAt: NOW, rows: 1, errors: 0, polling },
    ],
    statsdCounts: () => [{ deployment: 'production', packets: 1, samples: 1, parseErrors: 0, dropped: 0 }],
    taskSeriesLimit: 10,
    thresholds: () => ({ warning: 0.5, critical: 0.8 }),
    quality: () => ({
      quality: liveQuality(
        { try: outcomes({ rows: 1000, seed: 2 }), dag_run: outcomes({ rows: 1000, seed: 3 }) },
        { from: NOW - 86_400, until: NOW },
      ),
      drift: { try: drift, dag_run: drift },
    }),
    scoresStored: () => ({ written: 1, dropped: 0, waiting: 0 }),
    incidents: {
      counts: () => [{ channel: 'slack', outcome: 'sent', count: 1 }],
      notUseful: () => 0,
      standing: () => ({
        open: [
          {
            ...{ deployment: 'production', kind: 'failure', subject: 'a', severity: 'warning' },
            ...{ team: 'core', openedAt: NOW },
          },
        ],
        waiting: [{ channel: 'slack', count: 0 }],
      }),
    },
    actions: () => ({
      totals: [{ deployment: 'production', action: 'retry', mode: 'shadow', outcome: 'shadowed', count: 1 }],
      failures: [{ deployment: 'production', action: 'retry', reason: 'forbidden', count: 1 }],
    }),
    warningQuality: () => [{ deployment: 'production', judged: 2, right: 1 }],
    airflow: () => ({
      measurements: [{ deployment: 'production', heartbeatAgeSeconds: { scheduler: 1 }, importErrors: 0 }],
      pools: [
        {
          ...{ deployment: 'production', pool: 'etl', slots: 4, occupiedSlots: 1, runningSlots: 1 },
          ...{ queuedSlots: 0, scheduledSlots: 0, deferredSlots: 0 },
        },
      ],
    }),
  });
  const page = (await metrics.render('text')).toString();
  return new Set([...page.matchAll(/^([a-z_0-9]+)[{ ]/gm)].map(([, name]) => name!));
}
