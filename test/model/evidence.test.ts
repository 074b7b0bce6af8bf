import { describe, expect, it } from 'vitest';
import { DAG_RUN_FEATURES, TRY_FEATURES, featureIndex } from '../../features/registry.js';
import { evidenceOf } from '../../model/evidence.js';

describe.each([
  ['try', TRY_FEATURES, 'task__tries__128d'],
  ['dag_run', DAG_RUN_FEATURES, 'dag_run__runs__32d'],
] as const)('evidence of a %s', (kind, features, column) => {
  const width = features.length;
  const at = featureIndex(features, column);

  it.each([
    [0, 'thin'],
    [4.9, 'thin'],
    [5, 'own'],
    [NaN, 'thin'],
  ])('with %d outcomes of its own is %s', (outcomes, evidence) => {
    const vector = new Float32Array(width).fill(100);
    vector[at] = outcomes;
    expect(evidenceOf(kind, vector)).toBe(evidence);
  });

  it('reads the vector at its offset', () => {
    const values = new Float32Array(2 * width).fill(100);
    values[width + at] = 1;
    expect(evidenceOf(kind, values)).toBe('own');
    expect(evidenceOf(kind, values, width)).toBe('thin');
  });
});
