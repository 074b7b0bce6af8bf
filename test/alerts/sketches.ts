/** Incidents, alerts and situations made by hand. */
import type { DagSituation, Incident, Situation } from '../../alerts/incidents/types.js';

/** 2026-11-25T12:00:00Z, a Wednesday. */
export const NOW = 1_795_608_000;

export const ODD_NAME = 'fin"ance <b>`x`</b> {{ ds }} & <!channel> *bold*';

export interface SketchedAlert {
  readonly status?: 'firing' | 'resolved';
  readonly alertname?: string;
  readonly kind?: string;
  readonly dagId?: string;
  readonly severity?: string;
  readonly team?: string;
  readonly startsAt?: number;
  readonly fingerprint?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

/** A delivery of Alertmanager as version 4 has it. */
export function delivery(...alerts: readonly SketchedAlert[]): object {
  return {
    version: '4',
    groupKey: '{}:{deployment="production", dag_id="finance"}',
    truncatedAlerts: 0,
    status: alerts.some(({ status }) => status !== 'resolved') ? 'firing' : 'resolved',
    receiver: 'orc',
    groupLabels: {},
    commonLabels: {},
    commonAnnotations: {},
    externalURL: 'http://alertmanager:9093',
    alerts: alerts.map((alert) => {
      const {
        status = 'firing',
        alertname = 'OrcDagFailureRisk',
        kind = 'failure',
        dagId = 'finance',
      } = alert;
      return {
        status,
        labels: {
          alertname,
          kind,
          dag_id: dagId,
          severity: alert.severity ?? 'warning',
          deployment: 'production',
          ...(alert.team === undefined ? {} : { team: alert.team }),
          ...alert.labels,
        },
        annotations: {
          summary: `${dagId} is at risk`,
          description: 'From the rule.',
          runbook_url: 'https://runbooks.example.com/OrcDagFailureRisk',
        },
        startsAt: new Date((alert.startsAt ?? NOW - 30) * 1000).toISOString(),
        endsAt: status === 'firing' ? '0001-01-01T00:00:00Z' : new Date(NOW * 1000).toISOString(),
        generatorURL: 'http://prometheus:9090/graph',
        fingerprint: alert.fingerprint ?? `${alertname}-${kind}-${dagId}`.slice(0, 60),
      };
    }),
  };
}

export function sketchDag(change: Partial<DagSituation> = {}): DagSituation {
  return {
    risk: 0.72,
    usualRisk: 0.12,
    stage: 'running',
    runId: 'scheduled__2026-11-25T11:00:00+00:00',
    dueAt: NOW - 3600,
    startedAt: NOW - 900,
    task: { taskId: 'load', risk: 0.64 },
    failedTasks: [],
    lateRisk: 0.35,
    deadline: { at: NOW + 3600, source: 'configured' },
    expectedEnd: [NOW + 1200, NOW + 1800, NOW + 3000],
    reasons: ['Task `load` failed in 3 of its last 5 runs', 'Its pool `warehouse` has been full for 20 min'],
    allReasons: [
      { text: 'Task `load` failed in 3 of its last 5 runs', logOdds: 1.4 },
      { text: 'Its pool `warehouse` has been full for 20 min', logOdds: 0.6 },
      { text: 'It runs at its usual hour', logOdds: -0.2 },
    ],
    suggestion: 'Look at the connection of `load` before it starts.',
    downstream: ['finance_report', 'board_pack'],
    downstreamAssets: ['s3://finance/ledger'],
    nextDeadline: { dagId: 'board_pack', at: NOW + 7200, source: 'learnt' },
    lastFailure: {
      runId: 'scheduled__2026-11-24T11:00:00+00:00',
      taskId: 'load',
      failureClass: 'transient_infrastructure',
      evidence: 'OperationalError: connection refused',
      isRecent: true,
      logUrl: 'https://airflow.example.com/dags/finance/runs/r/tasks/load?try_number=2',
    },
    ...change,
  };
}

export function sketchSituation(change: Partial<DagSituation> = {}): Situation {
  return { dag: sketchDag(change), pool: null, atRisk: [] };
}

export function sketchIncident(change: Partial<Incident> = {}): Incident {
  return {
    id: 17,
    deployment: 'production',
    kind: 'failure',
    subject: 'finance',
    team: null,
    severity: 'critical',
    runId: 'scheduled__2026-11-25T11:00:00+00:00',
    phase: 'at_risk',
    openedAt: NOW - 120,
    quietSince: null,
    closedAt: null,
    outcome: null,
    situation: sketchSituation(),
    situationAt: NOW,
    revision: 1,
    acknowledgedAt: null,
    acknowledgedBy: null,
    snoozedUntil: null,
    snoozedBy: null,
    ...change,
  };
}
