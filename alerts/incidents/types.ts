/**
 * Words of incidents: an alert is what Alertmanager delivers; an incident is one thing that goes wrong, told by one or more
 * alerts; an event is what happened to an incident; a situation is what is known of its DAG or pool now.
 */
import type { RunEnd } from '../../core/fact-log/read-run-ends.js';
import type { UnixSeconds } from '../../core/facts.js';

/** `health` is ORC's own, `platform` is Airflow's as a whole, and whatever alert names no kind that ORC knows. */
export const INCIDENT_KINDS = ['failure', 'lateness', 'pool', 'outage', 'health', 'platform'] as const;
export type IncidentKind = (typeof INCIDENT_KINDS)[number];

export type Severity = 'warning' | 'critical';

/** `eased`: no alert fires any more, but how it ended is not known yet. */
export type Phase = 'at_risk' | 'failed' | 'late' | 'eased' | 'closed';

/** What makes an incident one: at most one is open per key. */
export interface IncidentKey {
  readonly deployment: string;
  readonly kind: IncidentKind;
  /** dag_id of a failure or lateness, name of a pool, name of the alert of health and platform, '' of an outage. */
  readonly subject: string;
}

export interface AlertState {
  readonly fingerprint: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: UnixSeconds;
  /** Null while it fires. */
  readonly resolvedAt: UnixSeconds | null;
  readonly receivedAt: UnixSeconds;
}

/** One alert of a delivery, with the incident that it belongs to. */
export interface DeliveredAlert {
  readonly key: IncidentKey;
  readonly severity: Severity;
  readonly team: string | null;
  readonly fingerprint: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: UnixSeconds;
  readonly isFiring: boolean;
}

/** What really happened. Times are Unix seconds; `reason` is the error line of the failure, masked. */
export type Outcome =
  | { readonly what: 'succeeded'; readonly runId: string; readonly endedAt: UnixSeconds }
  | { readonly what: 'recovered'; readonly runId: string; readonly endedAt: UnixSeconds }
  | { readonly what: 'failed'; readonly runId: string; readonly endedAt: UnixSeconds }
  | {
      readonly what: 'on_time' | 'late';
      readonly runId: string;
      readonly endedAt: UnixSeconds;
      readonly deadline: UnixSeconds | null;
    }
  | { readonly what: 'resolved' }
  /** The alerts ended, and for a day no run did. */
  | { readonly what: 'unknown' };

export interface Incident extends IncidentKey {
  readonly id: number;
  readonly team: string | null;
  readonly severity: Severity;
  readonly runId: string | null;
  readonly phase: Phase;
  readonly openedAt: UnixSeconds;
  readonly quietSince: UnixSeconds | null;
  readonly closedAt: UnixSeconds | null;
  readonly outcome: Outcome | null;
  readonly situation: Situation | null;
  readonly situationAt: UnixSeconds | null;
  readonly revision: number;
  readonly acknowledgedAt: UnixSeconds | null;
  readonly acknowledgedBy: string | null;
  readonly snoozedUntil: UnixSeconds | null;
  readonly snoozedBy: string | null;
}

/** Of a DAG, as the live scorer has it. Texts set ids between backticks. */
export interface DagSituation {
  readonly risk: number;
  /** The risk at its usual level; null when it is not known. */
  readonly usualRisk: number | null;
  /** Whether its own history is too short to say much. Absent, as all that is optional here, in what an earlier version kept. */
  readonly isThin?: boolean;
  readonly stage: 'planned' | 'queued' | 'running' | 'retrying';
  readonly runId: string | null;
  readonly dueAt: UnixSeconds | null;
  readonly startedAt: UnixSeconds | null;
  /** The task that most endangers the run. */
  readonly task: { readonly taskId: string; readonly risk: number } | null;
  readonly failedTasks: readonly string[];
  readonly lateRisk: number | null;
  readonly deadline: {
    readonly at: UnixSeconds;
    readonly source: 'configured' | 'learnt' | 'airflow';
  } | null;
  /** When the run ends: quantiles 0.1, 0.5 and 0.9. */
  readonly expectedEnd: readonly [low: UnixSeconds, median: UnixSeconds, high: UnixSeconds] | null;
  /** The main ones, strongest first. */
  readonly reasons: readonly string[];
  /** Every notable one with its push on the log-odds; for who asks for details. */
  readonly allReasons: readonly { readonly text: string; readonly logOdds: number }[];
  readonly suggestion: string | null;
  /** DAGs that wait for it, by assets, triggers and sensors. */
  readonly downstream: readonly string[];
  /** URIs of the assets by which they wait. */
  readonly downstreamAssets?: readonly string[];
  /** The first deadline that one of them has to keep; null where none is known. */
  readonly nextDeadline?: {
    readonly dagId: string;
    readonly at: UnixSeconds;
    readonly source: 'configured' | 'learnt' | 'airflow';
  } | null;
  /** The latest failure whose log was read. */
  readonly lastFailure: {
    readonly runId: string;
    readonly taskId: string;
    readonly failureClass: string;
    readonly evidence: string | null;
    /** Of a run that goes on, or of the last that ended: an earlier one says nothing of what is told now. */
    readonly isRecent?: boolean;
    /** Where Airflow shows its log; null where that is not known. */
    readonly logUrl?: string | null;
  } | null;
}

export interface PoolSituation {
  readonly risk: number;
  readonly slots: number;
  readonly occupiedSlots: number;
}

/** What is known now. `atRisk` of an outage: its riskiest DAGs. */
export interface Situation {
  readonly dag: DagSituation | null;
  readonly pool: PoolSituation | null;
  readonly atRisk: readonly { readonly dagId: string; readonly risk: number }[];
}

/** Where situations and outcomes come from; whoever runs the alerts provides it. */
export interface SituationSource {
  /** Null when nothing is known. May reject: what was known before stays. */
  situation(key: IncidentKey): Promise<Situation | null>;
  /** The last runs of a DAG that ended, newest first. */
  runEnds(deployment: string, dagId: string): Promise<readonly RunEnd[]>;
}

export type EventKind =
  | 'opened'
  | 'severity_raised'
  | 'failed'
  | 'late'
  | 'eased'
  | 'at_risk_again'
  | 'acknowledged'
  | 'snoozed'
  | 'not_useful'
  | 'details_requested'
  | 'closed';

export interface IncidentEvent {
  readonly id: number;
  readonly at: UnixSeconds;
  readonly what: EventKind;
  readonly detail: Readonly<Record<string, string | number | null>>;
}

/** An event before it is stored. */
export type NewEvent = Pick<IncidentEvent, 'what' | 'detail'>;
