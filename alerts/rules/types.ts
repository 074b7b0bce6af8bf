/** Prometheus rules as the files have them (https://prometheus.io/docs/prometheus/latest/configuration/recording_rules/). */
import type { Severity } from '../thresholds/thresholds.js';

export interface RecordingRule {
  readonly record: string;
  readonly expr: string;
}

/** What kind of incident an alert belongs to. */
export type AlertKind = 'failure' | 'late' | 'pool' | 'outage' | 'health' | 'platform';

export interface AlertingRule {
  readonly alert: string;
  readonly expr: string;
  /** Prometheus duration. */
  readonly for: string;
  /** `deployment` only where the expression does not carry one. */
  readonly labels: { readonly severity: Severity; readonly kind: AlertKind; readonly deployment?: string };
  readonly annotations: Annotations;
}

export interface Annotations {
  readonly summary: string;
  readonly description: string;
  readonly runbook_url: string;
  readonly dashboard_url: string;
  /** What the logs of the last failures say: of DAGs only. No rule knows of a run, so it leads to the DAG's page in ORC. */
  readonly log_url?: string;
  /** Only where the address of an Airflow is configured. */
  readonly airflow_url?: string;
}

/** Rules of one group are evaluated one after the other, each seeing what those before it recorded. */
export interface RuleGroup {
  readonly name: string;
  readonly rules: readonly (RecordingRule | AlertingRule)[];
}

/** What the rules depend on beside the metrics. */
export interface RuleSettings {
  readonly links: {
    readonly orc_url: string;
    readonly dashboard_url: string | null;
    readonly runbook_url: string;
  };
  readonly airflows: readonly { readonly name: string; readonly url: string }[];
  /** A source that was not collected for so long is stale. */
  readonly collectorStaleSeconds: number;
  /** Scores that were not refreshed for so long are stale. */
  readonly scoresStaleSeconds: number;
}

/** Alerts that are not of one deployment. */
export const ALL_DEPLOYMENTS = 'all';
