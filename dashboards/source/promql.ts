/** Pieces of PromQL, with metric and label names that the compiler and the generator check. */

/** What can be selected: a definition of core/metric-names.ts, or one of Airflow's metrics. */
export interface Selectable {
  readonly name: string;
  readonly labels: readonly string[];
}

/** Per label its operator and value, such as `="warning"`. */
export type Matchers<M extends Selectable> = Readonly<Partial<Record<M['labels'][number], string>>>;

/** Matcher for exactly this value. */
export const is = (value: string): string => `=${JSON.stringify(value)}`;
/** Matcher for the choice of a dashboard variable, one value or several. */
export const chosen = (variable: string): string => `=~"$${variable}"`;

/** The deployments chosen at the top of the dashboard. */
export const OF_DEPLOYMENT = { deployment: chosen('deployment') } as const;
/** The DAGs chosen at the top of the dashboard. */
export const OF_DAG = { ...OF_DEPLOYMENT, dag_id: chosen('dag_id') } as const;

/**
 * A vector selector.
 * @throws Error for a label that the metric does not have
 */
export function select<const M extends Selectable>(metric: M, matchers?: Matchers<M>): string {
  const entries = Object.entries<string | undefined>(matchers ?? {});
  for (const [label] of entries) {
    if (!metric.labels.includes(label)) throw new Error(`${metric.name} has no label ${label}`);
  }
  const inner = entries.map(([label, matcher]) => `${label}${matcher ?? ''}`).join(', ');
  return inner === '' ? metric.name : `${metric.name}{${inner}}`;
}

/** One series per combination of these labels, whichever of several ORC processes tells it. */
export function highestBy(labels: readonly string[], vector: string): string {
  return `max by (${labels.join(', ')}) (${vector})`;
}

/** Only those series of `vector` that `other` has, by these labels. */
export function within(vector: string, labels: readonly string[], other: string): string {
  return `(${vector}) and on (${labels.join(', ')}) (${other})`;
}

/** Per second, over a span that fits the scrape interval. */
export function rate(selector: string): string {
  return `rate(${selector}[$__rate_interval])`;
}
