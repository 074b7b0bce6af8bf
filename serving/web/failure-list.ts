/** Why tries of a DAG failed lately. */
import type { ExplainedFailure } from '../../core/fact-log/read-failures.js';
import type { FailureClass, UnixSeconds } from '../../core/facts.js';
import { when } from './dag-parts.js';
import { html, type HtmlValue } from '../../core/html.js';

/** What failures of a class are due to. */
export const FAILURE_WORDS: Readonly<Record<FailureClass, string>> = {
  stopped_by_person: 'stopped by a person',
  upstream: 'upstream',
  resource: 'memory, disk or quota',
  timeout: 'time-out',
  permission_or_configuration: 'permission or configuration',
  data: 'data',
  transient_infrastructure: 'infrastructure',
  code: 'code',
  unknown: 'unknown',
};

function taskOf({ taskId, mapIndex, tryNumber }: ExplainedFailure): string {
  const index = mapIndex < 0 ? '' : `[${mapIndex}]`;
  return `${taskId}${index}${tryNumber > 1 ? `, try ${tryNumber}` : ''}`;
}

/** Nothing when no failure of the DAG was explained yet. */
export function failureList(failures: readonly ExplainedFailure[], now: UnixSeconds): HtmlValue {
  if (failures.length === 0) return null;
  return html`<section>
    <h2 id="failures">Last failures</h2>
    <div class="table-wrap">
      <table>
        <thead>
          <tr>
            <th scope="col">Task</th>
            <th scope="col">Due to</th>
            <th scope="col">What the log says</th>
            <th scope="col">When</th>
          </tr>
        </thead>
        <tbody>
          ${failures.map(
            (failure) =>
              html`<tr>
                <th scope="row"><span title="${failure.runId}">${taskOf(failure)}</span></th>
                <td>${FAILURE_WORDS[failure.failureClass]}</td>
                <td>
                  ${
                    failure.evidence === null
                      ? html`<span class="faint">${failure.unread ?? 'it ends in mid-course'}</span>`
                      : html`<code class="evidence">${failure.evidence}</code>`
                  }
                </td>
                <td>${when(failure.endedAt, now)}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
  </section>`;
}
