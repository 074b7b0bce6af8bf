/** Where Airflow shows the log of a try, as its own `TaskInstance.log_url` says. Pure. */
import type { ExplainedFailure } from '../core/fact-log/read-failures.js';

/**
 * @param airflow address of its pages, and its version such as `3.2.1`
 * @returns null where the version is not known: Airflow 2 and 3 have other pages
 */
export function logUrl(
  airflow: { readonly url: string; readonly version: string | null },
  dagId: string,
  {
    runId,
    taskId,
    mapIndex,
    tryNumber,
    endedAt,
  }: Pick<ExplainedFailure, 'runId' | 'taskId' | 'mapIndex' | 'tryNumber' | 'endedAt'>,
): string | null {
  const major = Number(/^(\d+)\./.exec(airflow.version ?? '')?.[1]);
  const dag = `${airflow.url.replace(/\/+$/, '')}/dags/${encodeURIComponent(dagId)}`;
  if (major >= 3) {
    const mapped = mapIndex < 0 ? '' : `/mapped/${mapIndex}`;
    return `${dag}/runs/${encodeURIComponent(runId)}/tasks/${encodeURIComponent(taskId)}${mapped}?try_number=${tryNumber}`;
  }
  if (major !== 2) return null;
  const place = new URLSearchParams({
    dag_run_id: runId,
    task_id: taskId,
    ...(mapIndex < 0 ? {} : { map_index: String(mapIndex) }),
    // The grid shows the last runs before it.
    base_date: new Date(endedAt * 1000).toISOString(),
    tab: 'logs',
  });
  return `${dag}/grid?${place.toString()}`;
}
