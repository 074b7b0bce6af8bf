/** The part of Alertmanager's configuration that is used (https://prometheus.io/docs/alerting/latest/configuration/). */

export interface Route {
  readonly receiver?: string;
  readonly matchers?: readonly string[];
  readonly continue?: boolean;
  readonly group_by?: readonly string[];
  readonly group_wait?: string;
  readonly group_interval?: string;
  readonly repeat_interval?: string;
  readonly active_time_intervals?: readonly string[];
  readonly routes?: readonly Route[];
}

export interface InhibitRule {
  readonly source_matchers: readonly string[];
  readonly target_matchers: readonly string[];
  readonly equal: readonly string[];
}

export interface Receiver {
  readonly name: string;
  readonly webhook_configs?: readonly object[];
  readonly pagerduty_configs?: readonly object[];
  readonly slack_configs?: readonly object[];
  readonly email_configs?: readonly object[];
}

export interface TimeInterval {
  readonly name: string;
  readonly time_intervals: readonly object[];
}

export interface AlertmanagerFile {
  readonly global?: object;
  readonly route: Route;
  readonly inhibit_rules: readonly InhibitRule[];
  readonly receivers: readonly Receiver[];
  readonly time_intervals?: readonly TimeInterval[];
}
