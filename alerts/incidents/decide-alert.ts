/** What a delivered alert changes. Pure. */
import type { UnixSeconds } from '../../core/facts.js';
import type { AlertState, DeliveredAlert, Severity } from './types.js';

/**
 * A firing told again so soon after its end is an older delivery that arrived late, such as from a second Alertmanager of a
 * cluster (its `peer_timeout` is 15 s); later, the alert really fires again.
 */
const LATE_DELIVERY_SECONDS = 60;

/** Why an alert changes something (`new`, `refired`, `changed`, `resolved`) or does not. */
export type AlertDecision =
  'new' | 'refired' | 'changed' | 'resolved' | 'repeated' | 'late_delivery' | 'never_fired';

/** @param known what was last told of the alert of this fingerprint; null for none. */
export function decideAlert(
  known: AlertState | null,
  alert: DeliveredAlert,
  now: UnixSeconds,
): AlertDecision {
  if (!alert.isFiring) {
    if (known === null) return 'never_fired';
    if (alert.startsAt < known.startsAt) return 'late_delivery';
    return known.resolvedAt === null ? 'resolved' : 'repeated';
  }
  if (known === null) return 'new';
  if (alert.startsAt < known.startsAt) return 'late_delivery';
  if (known.resolvedAt !== null) {
    const isLate = alert.startsAt === known.startsAt && now - known.resolvedAt < LATE_DELIVERY_SECONDS;
    return isLate ? 'late_delivery' : 'refired';
  }
  return isSame(known.annotations, alert.annotations) && isSame(known.labels, alert.labels)
    ? 'repeated'
    : 'changed';
}

function isSame(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key]);
}

/** The higher of two. */
export function higherSeverity(a: Severity, b: Severity): Severity {
  return a === 'critical' || b === 'critical' ? 'critical' : 'warning';
}
