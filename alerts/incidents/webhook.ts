/**
 * Alertmanager's webhook, payload version 4 (https://prometheus.io/docs/alerting/latest/configuration/#webhook_config), as
 * alerts that know their incident. Pure.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { AppError } from '../../core/errors.js';
import type { DeliveredAlert, IncidentKey, IncidentKind, Severity } from './types.js';

const texts = z.record(z.string(), z.string());

const alertSchema = z.object({
  status: z.enum(['firing', 'resolved']),
  labels: texts,
  annotations: texts.default({}),
  startsAt: z.iso.datetime({ offset: true }),
  fingerprint: z.string().min(1).max(64).optional(),
});

/** Unknown keys are left alone: later Alertmanagers add some. */
const deliverySchema = z.object({
  version: z.literal('4', 'expected "4", the version of the payload'),
  truncatedAlerts: z.int().min(0).default(0),
  groupLabels: texts.default({}),
  alerts: z.array(alertSchema).min(1, 'expected at least one alert').max(10_000),
});

export interface Delivery {
  readonly alerts: readonly DeliveredAlert[];
  /** Alerts that Alertmanager left out (`max_alerts`). */
  readonly truncated: number;
  /**
   * Labels of a group in which nothing fires any more; null while something does, or where the group has no labels. Alertmanager
   * does not tell the end of an alert that came while the alert was inhibited, so the end of its group has to stand for it.
   */
  readonly quietGroup: Readonly<Record<string, string>> | null;
}

const KIND_OF_LABEL: Readonly<Record<string, IncidentKind>> = {
  failure: 'failure',
  late: 'lateness',
  pool: 'pool',
  outage: 'outage',
  health: 'health',
  platform: 'platform',
};

/** An alert that lacks what its kind needs is told under its own name: nothing that somebody routed here is lost. */
function keyOf(labels: Readonly<Record<string, string>>): IncidentKey {
  const deployment = labels['deployment'] ?? '';
  const kind = KIND_OF_LABEL[labels['kind'] ?? ''] ?? 'platform';
  const dagId = labels['dag_id'] ?? '';
  const pool = labels['pool'] ?? '';
  if ((kind === 'failure' || kind === 'lateness') && dagId !== '')
    return { deployment, kind, subject: dagId };
  if (kind === 'pool' && pool !== '') return { deployment, kind, subject: pool };
  if (kind === 'outage') return { deployment, kind, subject: '' };
  return {
    deployment,
    kind: kind === 'health' ? 'health' : 'platform',
    subject: labels['alertname'] ?? 'alert',
  };
}

function severityOf(labels: Readonly<Record<string, string>>): Severity {
  return labels['severity'] === 'critical' ? 'critical' : 'warning';
}

function fingerprintOf(labels: Readonly<Record<string, string>>): string {
  const sorted = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(sorted)).digest('hex').slice(0, 32);
}

/** @throws AppError `input_invalid` that names the place and what is accepted. */
export function readDelivery(body: unknown): Delivery {
  const parsed = deliverySchema.safeParse(body);
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    const place = issue.path.map(String).join('.');
    throw new AppError(
      'input_invalid',
      `Alertmanager's delivery${place === '' ? '' : `, at ${place}`}: ${issue.message}`,
    );
  }
  const { alerts, truncatedAlerts: truncated, groupLabels } = parsed.data;
  const isQuiet = truncated === 0 && alerts.every(({ status }) => status === 'resolved');
  return {
    truncated,
    quietGroup: isQuiet && Object.keys(groupLabels).length > 0 ? groupLabels : null,
    alerts: alerts.map(({ status, labels, annotations, startsAt, fingerprint }) => ({
      key: keyOf(labels),
      severity: severityOf(labels),
      team: labels['team'] ?? null,
      fingerprint: fingerprint ?? fingerprintOf(labels),
      labels,
      annotations,
      startsAt: Date.parse(startsAt) / 1000,
      isFiring: status === 'firing',
    })),
  };
}
