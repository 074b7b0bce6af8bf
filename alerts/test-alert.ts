/** A test alert for Alertmanager (API v2, https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml). Pure. */
import type { UnixSeconds } from '../core/facts.js';
import { ALL_DEPLOYMENTS } from './rules/types.js';

export const TEST_ALERT = 'OrcTest';
/** It ends by itself. */
const LASTS_SECONDS = 300;

/** The body of POST /api/v2/alerts: one alert that nobody can take for a real one. */
export function testAlerts(
  now: UnixSeconds,
  to: { readonly team: string | null; readonly severity: string },
  orcUrl: string,
): object[] {
  const iso = (at: UnixSeconds): string => new Date(at * 1000).toISOString();
  return [
    {
      labels: {
        ...{ alertname: TEST_ALERT, severity: to.severity, kind: 'health', deployment: ALL_DEPLOYMENTS },
        ...(to.team === null ? {} : { team: to.team }),
      },
      annotations: {
        summary: 'TEST of ORC: nothing is wrong',
        description:
          'Sent by `orc alerts test` to see where alerts arrive. Nothing has to be done; it resolves within five minutes.',
      },
      startsAt: iso(now),
      endsAt: iso(now + LASTS_SECONDS),
      generatorURL: orcUrl,
    },
  ];
}
