/** What Alertmanager would have posted to the webhook for alerts that fired: inhibited, grouped and repeated by our routes. Pure. */
import type { InhibitRule } from '../../alerts/alertmanager/types.js';

export type AlertLabels = Readonly<Record<string, string>>;

/** Alerts that fired at one evaluation. */
export interface FiringAt {
  readonly step: number;
  readonly alerts: readonly AlertLabels[];
}

/** A body of the webhook, version 4, and the step at which it comes. */
export interface DeliveryAt {
  readonly step: number;
  readonly body: object;
}

const GROUP_BY = ['deployment', 'dag_id', 'pool'];

/** Whether another alert that fires holds this one back. Rules use `name="value"` and `name=~"one|other"` alone. */
export function isInhibited(
  alert: AlertLabels,
  firing: readonly AlertLabels[],
  rules: readonly InhibitRule[],
): boolean {
  return rules.some(
    ({ source_matchers: source, target_matchers: target, equal }) =>
      matchesAll(alert, target) &&
      firing.some(
        (other) =>
          other !== alert &&
          matchesAll(other, source) &&
          equal.every((name) => (other[name] ?? '') === (alert[name] ?? '')),
      ),
  );
}

function matchesAll(alert: AlertLabels, matchers: readonly string[]): boolean {
  return matchers.every((matcher) => {
    const [, name, operator, value] = /^(\w+)(=~?)"(.*)"$/.exec(matcher) ?? [];
    if (name === undefined) throw new Error(`matcher ${matcher} is none that the replay knows`);
    const label = alert[name] ?? '';
    return operator === '=' ? label === value : value!.split('|').includes(label);
  });
}

/**
 * A group is told when the alerts in it change, and again after `repeatSteps`. An alert that ends while it is inhibited is not told
 * to have ended, as in Alertmanager.
 *
 * @param evaluations in their order; what is missing had no alert.
 * @param isoAt the time of a step.
 */
export function deliveriesOf(
  evaluations: readonly FiringAt[],
  steps: number,
  rules: readonly InhibitRule[],
  repeatSteps: number,
  isoAt: (step: number) => string,
): DeliveryAt[] {
  const at = new Map(evaluations.map(({ step, alerts }) => [step, alerts]));
  const startedAt = new Map<string, number>();
  const groups = new Map<string, { told: Map<string, AlertLabels>; toldAt: number }>();
  const deliveries: DeliveryAt[] = [];
  for (let step = 0; step < steps; step++) {
    const all = at.get(step) ?? [];
    const keys = new Map(all.map((alert) => [JSON.stringify(alert), alert]));
    for (const key of keys.keys()) if (!startedAt.has(key)) startedAt.set(key, step);
    for (const key of startedAt.keys()) if (!keys.has(key)) startedAt.delete(key);
    const shown = new Map<string, Map<string, AlertLabels>>();
    for (const [key, alert] of keys) {
      if (isInhibited(alert, all, rules)) continue;
      const group = groupOf(alert);
      shown.set(group, (shown.get(group) ?? new Map<string, AlertLabels>()).set(key, alert));
    }
    for (const group of new Set([...groups.keys(), ...shown.keys()])) {
      const firing = shown.get(group) ?? new Map<string, AlertLabels>();
      const before = groups.get(group) ?? { told: new Map<string, AlertLabels>(), toldAt: -Infinity };
      const ended = [...before.told].filter(([key]) => !keys.has(key));
      const resolved = ended.filter(([, alert]) => !isInhibited(alert, all, rules));
      const isNews = [...firing.keys()].some((key) => !before.told.has(key)) || resolved.length > 0;
      const isRepeat = firing.size > 0 && step - before.toldAt >= repeatSteps;
      for (const [key] of ended) before.told.delete(key);
      if (!isNews && !isRepeat) continue;
      for (const [key, alert] of firing) before.told.set(key, alert);
      groups.set(group, { told: before.told, toldAt: step });
      const told = (status: 'firing' | 'resolved', alert: AlertLabels, since: number) => ({
        ...{ status, labels: alert, annotations: {}, startsAt: isoAt(since) },
      });
      deliveries.push({
        step,
        body: {
          version: '4',
          groupLabels: JSON.parse(group) as object,
          alerts: [
            ...[...firing].map(([key, alert]) => told('firing', alert, startedAt.get(key)!)),
            ...resolved.map(([, alert]) => told('resolved', alert, step)),
          ],
        },
      });
    }
  }
  return deliveries;
}

/** Group labels, as Alertmanager tells them: those that the alert has. */
function groupOf(alert: AlertLabels): string {
  return JSON.stringify(
    Object.fromEntries(GROUP_BY.flatMap((name) => (alert[name] === undefined ? [] : [[name, alert[name]]]))),
  );
}
