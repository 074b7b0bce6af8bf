import { testAlerts } from '../../alerts/index.js';
import { AppError, errorMessage } from '../../core/errors.js';
import type { ResolvedConfig } from '../../core/config/load.js';
import type { UnixSeconds } from '../../core/facts.js';

const TIMEOUT_MS = 10_000;
const SHOWN_CHARACTERS = 300;

export interface TestTarget {
  readonly team: string | null;
  readonly severity: string;
  readonly now: UnixSeconds;
}

/**
 * Sends a test alert to the configured Alertmanager; returns its address.
 * @throws AppError `usage` when none is configured, `unauthorized`, `input_invalid` when it refuses, `internal` when it does not answer.
 */
export async function sendTestAlert(
  { alerts: { alertmanager, links } }: Pick<ResolvedConfig, 'alerts'>,
  { team, severity, now }: TestTarget,
  signal: AbortSignal,
): Promise<string> {
  if (alertmanager.url === null) {
    throw new AppError('usage', '`alerts.alertmanager.url` is not set: there is no Alertmanager to send to', {
      fix: 'Set it in orc.yaml, such as http://alertmanager.example.com:9093.',
    });
  }
  const url = `${alertmanager.url.replace(/\/$/, '')}/api/v2/alerts`;
  const authorization = alertmanager.token === null ? {} : { Authorization: `Bearer ${alertmanager.token}` };
  let response: Response;
  try {
    response = await fetch(url, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...authorization },
      body: JSON.stringify(testAlerts(now, { team, severity }, links.orc_url)),
      redirect: 'error',
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
    });
  } catch (error) {
    const cause = error instanceof Error && error.cause !== undefined ? `: ${errorMessage(error.cause)}` : '';
    throw new AppError('internal', `${url} does not answer: ${errorMessage(error)}${cause}`, {
      retryable: true,
      cause: error,
      fix: 'Check `alerts.alertmanager.url`, and that Alertmanager runs there.',
    });
  }
  const text = await response.text();
  if (response.status === 401 || response.status === 403) {
    throw new AppError('unauthorized', `${url} answers ${response.status}: the token is missing or wrong`, {
      fix: 'Set `alerts.alertmanager.token` or `token_file`.',
    });
  }
  if (!response.ok) {
    throw new AppError(
      'input_invalid',
      `${url} answers ${response.status}: ${text.slice(0, SHOWN_CHARACTERS)}`,
      {
        fix: 'Check that `alerts.alertmanager.url` is the address of Alertmanager 0.22 or newer, with its path prefix.',
      },
    );
  }
  return url;
}
