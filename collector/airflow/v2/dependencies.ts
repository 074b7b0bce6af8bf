import { z } from 'zod';
import type { ApiDagDependency } from '../rows.js';

/** The graph of DAGs, assets, triggers and sensors behind Airflow's own page of dependencies. It is no public API. */
export const dependencyGraph = z.object({
  nodes: z.array(z.object({ id: z.string(), label: z.string(), type: z.string() })),
  edges: z.array(z.object({ source_id: z.string(), target_id: z.string() })),
});
export type DependencyGraph = z.output<typeof dependencyGraph>;

const DAG = 'dag:';

/** From each DAG that leads to a trigger or sensor to each DAG that it leads to. The label of such a node is the id of the task. */
export function dependenciesOf({ nodes, edges }: DependencyGraph): ApiDagDependency[] {
  const sources = dagsBy(edges, 'target_id', 'source_id');
  const targets = dagsBy(edges, 'source_id', 'target_id');
  return nodes.flatMap(({ id, label, type }) => {
    if (type !== 'trigger' && type !== 'sensor') return [];
    return (sources.get(id) ?? []).flatMap((from_dag_id) =>
      (targets.get(id) ?? []).map((to_dag_id) => ({ from_dag_id, to_dag_id, kind: type, task_id: label })),
    );
  });
}

type Edge = DependencyGraph['edges'][number];

/** The DAGs at one end of the edges, by the node at the other end. */
function dagsBy(edges: readonly Edge[], node: keyof Edge, dag: keyof Edge): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const edge of edges) {
    if (!edge[dag].startsWith(DAG)) continue;
    const ids = found.get(edge[node]) ?? [];
    ids.push(edge[dag].slice(DAG.length));
    found.set(edge[node], ids);
  }
  return found;
}
