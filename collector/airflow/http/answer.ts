import type { z } from 'zod';
import { AirflowError } from './airflow-error.js';
import { parseRetryAfter } from './backoff.js';
import { type HttpAnswer, withoutQuery } from './transport.js';

const EXCERPT = 200;
const NOT_AIRFLOW =
  'Check `url` and its path prefix: it must lead to the Airflow API server itself, not to a page, a proxy or another service.';

/**
 * The JSON of a successful answer, checked and cut down to the fields of the schema.
 * @throws AirflowError that says what came instead
 */
export function readAnswer<T>(answer: HttpAnswer, url: string, schema: z.ZodType<T>, nowSeconds: number): T {
  checkStatus(answer, url, nowSeconds);
  const place = withoutQuery(url);
  const parsed = schema.safeParse(parseJson(answer, place));
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  const field = issue.path.map(String).join('.');
  throw new AirflowError(
    'bad_answer',
    `${place}: unexpected answer${field === '' ? '' : ` at \`${field}\``}: ${issue.message}`,
    { fix: NOT_AIRFLOW },
  );
}

/** @throws AirflowError for a status other than 2xx */
export function checkStatus(answer: HttpAnswer, url: string, nowSeconds: number): void {
  if (answer.status < 200 || answer.status > 299) throw statusError(answer, url, nowSeconds);
}

function parseJson(answer: HttpAnswer, place: string): unknown {
  try {
    return JSON.parse(answer.text) as unknown;
  } catch (error) {
    if (isHtml(answer)) {
      throw new AirflowError(
        'bad_answer',
        `${place} answers an HTML page${title(answer.text)} instead of JSON`,
        {
          cause: error,
          fix: NOT_AIRFLOW,
        },
      );
    }
    const shown = answer.text === '' ? 'an empty body' : excerpt(answer.text);
    throw new AirflowError('bad_answer', `${place} answers what is not JSON: ${shown}`, {
      cause: error,
      // Proxies cut answers short now and then.
      retryable: true,
      fix: NOT_AIRFLOW,
    });
  }
}

/** The error that a status other than 2xx stands for. */
export function statusError(answer: HttpAnswer, url: string, nowSeconds: number): AirflowError {
  const place = withoutQuery(url);
  const { status } = answer;
  const says = describe(answer);
  if (status === 504 || status === 408 || status === 524) {
    return new AirflowError(
      'timeout',
      `${place}: a proxy in front of Airflow gave up waiting (HTTP ${status}${says})`,
      {
        status,
        fix: 'Airflow answers too slowly: ORC asks for less at once; raising the time-out of the proxy helps too.',
      },
    );
  }
  if (status >= 500 || status === 429) {
    return new AirflowError('server_error', `${place} answers HTTP ${status}${says}`, {
      status,
      retryAfterSeconds: parseRetryAfter(answer.retryAfter, nowSeconds),
      fix: 'Look into the log of the Airflow API server.',
    });
  }
  if (status === 401 || status === 403) {
    return new AirflowError('unauthorized', `${place} refuses access (HTTP ${status}${says})`, {
      status,
      isForbidden: status === 403,
      fix: 'Give the user of ORC the role Viewer (it needs to read DAGs, DAG runs, task instances and pools).',
    });
  }
  if (status === 404) {
    return new AirflowError('not_found', `${place} does not exist (HTTP 404${says})`, {
      status,
      fix: 'Check the path prefix in `url`.',
    });
  }
  if (status >= 300 && status < 400) {
    return new AirflowError('bad_answer', `${place} redirects to ${target(answer, url)} (HTTP ${status})`, {
      status,
      fix: 'Use the address that it redirects to as `url`, unless that is a login page.',
    });
  }
  return new AirflowError('bad_answer', `${place} answers HTTP ${status}${says}`, {
    status,
    fix: NOT_AIRFLOW,
  });
}

/** What Airflow (`detail`) or a proxy (an HTML title) says, as `: text`, or nothing. */
function describe(answer: HttpAnswer): string {
  if (isHtml(answer)) return title(answer.text);
  const detail = answerDetail(answer);
  return detail === '' ? '' : `: ${excerpt(detail)}`;
}

/** Airflow's own explanation in an error answer, or an empty string. */
export function answerDetail(answer: HttpAnswer): string {
  try {
    const { detail } = JSON.parse(answer.text) as { detail?: unknown };
    if (typeof detail === 'string') return detail;
    return detail === undefined ? '' : JSON.stringify(detail);
  } catch {
    return '';
  }
}

export function isHtml(answer: HttpAnswer): boolean {
  return answer.contentType.includes('html') || /^\s*<(?:!doctype|html)/i.test(answer.text);
}

function title(html: string): string {
  const text = /<title[^>]*>([^<]{1,80})/i.exec(html.slice(0, 10_000))?.[1]?.trim() ?? '';
  return text === '' ? '' : ` titled ${JSON.stringify(text)}`;
}

function excerpt(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length <= EXCERPT ? line : `${line.slice(0, EXCERPT)}...`;
}

/** Where a redirect leads, without query (it may hold a session). */
function target(answer: HttpAnswer, url: string): string {
  try {
    const { origin, pathname } = new URL(answer.location ?? '', url);
    return `${origin}${pathname}`;
  } catch {
    return 'nowhere';
  }
}
