/** Receivers: the webhook of ORC, and those that Alertmanager itself writes to where that is configured. */
import type { AlertmanagerConfig } from '../../core/config/alert-routing.js';
import type { Receiver } from './types.js';

/** Where a team, or everybody, gets alerts beside the webhook. */
export type Addresses = Pick<AlertmanagerConfig, 'pagerduty_key_file' | 'slack_channel' | 'email_to'>;

/** Of Slack's control characters (https://api.slack.com/reference/surfaces/formatting#escaping). */
const forSlack = (expression: string): string =>
  `{{ ${expression} | reReplaceAll "&" "&amp;" | reReplaceAll "<" "&lt;" | reReplaceAll ">" "&gt;" }}`;

/** Every alert of the group on lines of its own; labels and annotations are text to the template. */
const SLACK_TEXT = `{{ range .Alerts }}*{{ if eq .Status "resolved" }}Resolved{{ else }}{{ .Labels.severity | title }}{{ end }}:* ${forSlack('.Annotations.summary')}
${forSlack('.Annotations.description')}
<{{ .Annotations.dashboard_url }}|Details>{{ if .Annotations.log_url }} · <{{ .Annotations.log_url }}|Last failures>{{ end }}{{ if .Annotations.airflow_url }} · <{{ .Annotations.airflow_url }}|Airflow>{{ end }} · <{{ .Annotations.runbook_url }}|What to do>
{{ end }}`;

const FIRST_SUMMARY = '{{ (index .Alerts 0).Annotations.summary }}';
const STATUS = '{{ if eq .Status "resolved" }}[RESOLVED] {{ end }}';

export function orcWebhook(url: string, credentialsFile: string): object {
  return {
    url,
    send_resolved: true,
    http_config: { authorization: { type: 'Bearer', credentials_file: credentialsFile } },
  };
}

export function pagerduty(keyFile: string): object {
  return {
    routing_key_file: keyFile,
    send_resolved: true,
    severity: '{{ if .CommonLabels.severity }}{{ .CommonLabels.severity }}{{ else }}warning{{ end }}',
    description: FIRST_SUMMARY,
    class: '{{ .CommonLabels.kind }}',
    group: '{{ .CommonLabels.deployment }}',
    component: '{{ or .CommonLabels.dag_id .CommonLabels.pool "orc" }}',
    links: [{ href: '{{ (index .Alerts 0).Annotations.runbook_url }}', text: 'What to do' }],
  };
}

export function slack(channel: string): object {
  return {
    channel,
    send_resolved: true,
    title: `${STATUS}${forSlack('(index .Alerts 0).Annotations.summary')}`,
    title_link: '{{ (index .Alerts 0).Annotations.dashboard_url }}',
    fallback: `${STATUS}${forSlack('(index .Alerts 0).Annotations.summary')}`,
    text: SLACK_TEXT,
  };
}

/** The body is Alertmanager's own HTML template, which escapes what it shows. */
export function email(to: string): object {
  return { to, send_resolved: true, headers: { Subject: `${STATUS}${FIRST_SUMMARY}` } };
}

/** @param name of the receiver; null when nothing is configured. */
export function directReceiver(
  name: string,
  { slack_channel: channel, email_to: to }: Addresses,
): Receiver | null {
  if (channel === null && to === null) return null;
  return {
    name,
    ...(channel === null ? {} : { slack_configs: [slack(channel)] }),
    ...(to === null ? {} : { email_configs: [email(to)] }),
  };
}

/** Pages people: for what is critical only. */
export function pagingReceiver(name: string, { pagerduty_key_file: keyFile }: Addresses): Receiver | null {
  return keyFile === null ? null : { name, pagerduty_configs: [pagerduty(keyFile)] };
}
