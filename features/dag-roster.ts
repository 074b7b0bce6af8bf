/** Which DAGs are remembered, for folds that run without the engine: those that it would remember. */
import { MAX_DAGS } from './keys.js';
import { RecencyList, type Linked } from './recency-list.js';
import type { FactEvent } from './types.js';

class Entry implements Linked<Entry> {
  newer: Entry | null = null;
  older: Entry | null = null;
  constructor(
    readonly deployment: string,
    readonly dagId: string,
  ) {}
}

/** Ids of the DAGs that an event tells of, in the order in which the engine looks them up. */
export function dagsToldOf(event: FactEvent): readonly string[] {
  switch (event.kind) {
    case 'pool':
    case 'platform':
      return [];
    case 'failure_reason':
      return event.fact.isTouched === true ? [] : [event.fact.dagId];
    case 'dag_dependency': {
      const { fromDagId, toDagId } = event.fact;
      return fromDagId === toDagId ? [] : [toDagId, fromDagId];
    }
    default:
      return [event.fact.dagId];
  }
}

/** Follows the same events as an `Engine` and forgets the same DAGs at the same moments. */
export class DagRoster {
  private readonly deployments = new Map<string, Map<string, Entry>>();
  private readonly recency = new RecencyList<Entry>();
  private size = 0;

  /** @param onForgotten told of each DAG that is forgotten, before the event that {@link observe} is called with. */
  constructor(
    private readonly onForgotten: (deployment: string, dagId: string) => void,
    private readonly maxDags = MAX_DAGS,
  ) {}

  observe(event: FactEvent): void {
    for (; this.size > this.maxDags; this.size--) this.forget(this.recency.oldest!);
    for (const dagId of dagsToldOf(event)) this.recency.touch(this.entry(event.fact.deployment, dagId));
  }

  private entry(deployment: string, dagId: string): Entry {
    let dags = this.deployments.get(deployment);
    if (dags === undefined) this.deployments.set(deployment, (dags = new Map<string, Entry>()));
    let entry = dags.get(dagId);
    if (entry === undefined) {
      entry = new Entry(deployment, dagId);
      dags.set(dagId, entry);
      this.size++;
    }
    return entry;
  }

  private forget(entry: Entry): void {
    this.recency.remove(entry);
    this.deployments.get(entry.deployment)!.delete(entry.dagId);
    this.onForgotten(entry.deployment, entry.dagId);
  }
}
