/** What the fact log knows of one deployment; copied between threads as it is. */
export interface KnownNameList {
  readonly dags: readonly { readonly dagId: string; readonly taskIds: readonly string[] }[];
  readonly pools: readonly string[];
}

export interface DagAndTask {
  readonly dagId: string;
  readonly taskId: string;
}

/** How a legacy name separates its parts: StatsD by dots; statsd_exporter writes `_` for every character that Prometheus refuses. */
export type Separator = '.' | '_';

/** Finds DAG and task in names that hold both: ids have dots too (every task of a TaskGroup does), so splitting takes knowledge. */
export class KnownNames {
  readonly #tasks: ReadonlyMap<string, ReadonlySet<string>>;
  readonly #pools: ReadonlyMap<string, string>;
  readonly #prometheusPools: ReadonlyMap<string, string>;
  readonly #prometheusDags: ReadonlyMap<string, string>;
  #prometheusPairs: Map<string, DagAndTask | null> | null = null;

  constructor(list: KnownNameList) {
    this.#tasks = new Map(list.dags.map(({ dagId, taskIds }) => [dagId, new Set(taskIds)]));
    this.#pools = new Map(list.pools.map((pool) => [statsdName(pool), pool]));
    this.#prometheusDags = new Map(list.dags.map(({ dagId }) => [prometheusName(dagId), dagId]));
    this.#prometheusPools = new Map(list.pools.map((pool) => [prometheusName(pool), pool]));
  }

  /**
   * `dag.task` taken apart: the longest known DAG of which the rest is a known task, or the only possible way; else null. With `_`
   * only known names can be found, and only when no two read alike.
   */
  split(text: string, separator: Separator): DagAndTask | null {
    if (separator === '_') return this.#pairs().get(text) ?? null;
    for (let dot = text.lastIndexOf('.'); dot > 0; dot = text.lastIndexOf('.', dot - 1)) {
      const taskId = text.slice(dot + 1);
      const dagId = text.slice(0, dot);
      if (this.#tasks.get(dagId)?.has(taskId) === true) return { dagId, taskId };
    }
    const first = text.indexOf('.');
    if (first <= 0 || first !== text.lastIndexOf('.') || first === text.length - 1) return null;
    return { dagId: text.slice(0, first), taskId: text.slice(first + 1) };
  }

  /** True when both are known, whatever else the text could mean. */
  isKnown({ dagId, taskId }: DagAndTask): boolean {
    return this.#tasks.get(dagId)?.has(taskId) === true;
  }

  /** The DAG that a metric names so. */
  dag(text: string, separator: Separator): string {
    return separator === '.' ? text : (this.#prometheusDags.get(text) ?? text);
  }

  /** The pool that Airflow calls so in metrics, where it writes `_` for what StatsD refuses. */
  pool(text: string, separator: Separator): string {
    return (separator === '.' ? this.#pools : this.#prometheusPools).get(text) ?? text;
  }

  #pairs(): Map<string, DagAndTask | null> {
    if (this.#prometheusPairs !== null) return this.#prometheusPairs;
    const pairs = new Map<string, DagAndTask | null>();
    for (const [dagId, tasks] of this.#tasks) {
      for (const taskId of tasks) {
        const name = `${prometheusName(dagId)}_${prometheusName(taskId)}`;
        pairs.set(name, pairs.has(name) ? null : { dagId, taskId });
      }
    }
    return (this.#prometheusPairs = pairs);
  }
}

export const NOTHING_KNOWN: KnownNameList = { dags: [], pools: [] };

function statsdName(name: string): string {
  return name.replaceAll(/[^a-zA-Z0-9_.\-/]/g, '_');
}

/** As statsd_exporter escapes metric names (pkg/mapper/escape.go). */
export function prometheusName(name: string): string {
  return name.replaceAll(/[^a-zA-Z0-9_]/g, '_');
}
