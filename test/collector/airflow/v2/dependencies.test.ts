import { expect, it } from 'vitest';
import { dependenciesOf, dependencyGraph } from '../../../../collector/airflow/v2/dependencies.js';

it('follows triggers and sensors from DAG to DAG; as Airflow 3.2.1 and 3.3.2 tell it', () => {
  const edge = (source_id: string, target_id: string) => ({ source_id, target_id });
  const graph = dependencyGraph.parse({
    edges: [
      edge('asset:1', 'dag:consume'),
      edge('dag:conduct', 'trigger:conduct:to_clear:start'),
      edge('dag:produce', 'asset:1'),
      edge('dag:retry.dots', 'sensor:retry.dots:conduct:wait'),
      edge('sensor:retry.dots:conduct:wait', 'dag:conduct'),
      edge('trigger:conduct:to_clear:start', 'dag:to_clear'),
    ],
    nodes: [
      { id: 'dag:conduct', label: 'conduct', type: 'dag', team: null },
      { id: 'trigger:conduct:to_clear:start', label: 'start', type: 'trigger', team: null },
      { id: 'sensor:retry.dots:conduct:wait', label: 'wait', type: 'sensor', team: null },
      { id: 'asset:1', label: 's3://lake/orders', type: 'asset', team: null },
    ],
  });
  expect(dependenciesOf(graph)).toEqual([
    { from_dag_id: 'conduct', to_dag_id: 'to_clear', kind: 'trigger', task_id: 'start' },
    { from_dag_id: 'retry.dots', to_dag_id: 'conduct', kind: 'sensor', task_id: 'wait' },
  ]);
});
