/** Annotations of alerts. `{{ }}` is Prometheus's template: it puts labels in as text, so nothing in a DAG id is ever run. */
import type { Annotations, RuleSettings } from './types.js';

/** What an alert is about, for its links. */
export type Subject = 'dag' | 'deployment' | 'orc';

export interface Told {
  readonly about: Subject;
  readonly summary: string;
  /** What was found, and why it counts. */
  readonly reason: string;
  readonly impact: string;
}

/** The label as part of a web address, in which a plus would be a plus. */
const inUrl = (label: string): string => `{{ reReplaceAll "\\\\+" "%20" (urlquery $labels.${label}) }}`;

/** @param alert from which the name of the runbook page follows. */
export function annotate(alert: string, told: Told, { links, airflows }: RuleSettings): Annotations {
  const { orc_url: orc, dashboard_url: dashboard, runbook_url: runbooks } = links;
  const airflow = airflowUrl(told.about, airflows);
  return {
    summary: told.summary,
    description: `${told.reason} Impact: ${told.impact}`,
    runbook_url: `${withSlash(runbooks)}${runbookName(alert)}.md`,
    dashboard_url: dashboard === null ? orcPage(told.about, orc) : dashboardPage(told.about, dashboard),
    ...(told.about === 'dag' ? { log_url: `${orcPage('dag', orc)}#failures` } : {}),
    ...(airflow === null ? {} : { airflow_url: airflow }),
  };
}

/** `OrcDagFailed` is explained in `orc-dag-failed.md`. */
export function runbookName(alert: string): string {
  return alert.replace(/(?<=[a-z])(?=[A-Z])/g, '-').toLowerCase();
}

function orcPage(about: Subject, orc: string): string {
  const base = withSlash(orc);
  if (about === 'dag') return `${base}dags/${inUrl('dag_id')}?deployment=${inUrl('deployment')}`;
  return about === 'deployment' ? base : `${base}sources`;
}

function dashboardPage(about: Subject, dashboard: string): string {
  if (about === 'orc') return dashboard;
  const deployment = `${dashboard}${dashboard.includes('?') ? '&' : '?'}var-deployment=${inUrl('deployment')}`;
  return about === 'dag' ? `${deployment}&var-dag_id=${inUrl('dag_id')}` : deployment;
}

/** Airflow 2 and 3 both have `/dags/<id>`. A template chooses, since a rule knows its deployment only when it fires. */
function airflowUrl(about: Subject, airflows: RuleSettings['airflows']): string | null {
  if (about === 'orc' || airflows.length === 0) return null;
  const page = about === 'dag' ? `dags/${inUrl('dag_id')}` : '';
  const branches = airflows.map(
    ({ name, url }, index) =>
      `{{ ${index === 0 ? '' : 'else '}if eq $labels.deployment "${name}" }}${withSlash(url)}${page}`,
  );
  return `${branches.join('')}{{ end }}`;
}

function withSlash(url: string): string {
  return url.endsWith('/') ? url : `${url}/`;
}
