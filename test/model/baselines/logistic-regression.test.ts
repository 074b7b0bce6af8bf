import { describe, expect, it } from 'vitest';
import { logisticRegression } from '../../../model/baselines/logistic-regression.js';
import { minimise } from '../../../model/baselines/minimise.js';
import { quietOptions, wholePart } from '../synthetic-vectors.js';

const rows = 200;
const index = Array.from({ length: rows }, (_, i) => i);
const scores = index.map((i) =>
  Math.min(0.99, Math.max(0.01, Math.round(((Math.sin(i * 1.7) + 1) / 2) * 20) / 20)),
);
const labels = Uint8Array.from(index, (i) => (Math.sin(i * 3.1 + 1) + scores[i]! * 2 > 1.2 ? 1 : 0));
const values = Float32Array.from(
  index.flatMap((i) => [Math.sin(i * 0.9), Math.cos(i * 0.37) * 3 + 1, (i % 7) / 7]),
);
const decidedAt = Float64Array.from(index);
const vectors = {
  features: ['a', 'b', 'c'],
  rows,
  values,
  labels,
  decidedAt,
  labelKnownAt: decidedAt,
  afterSuccess: new Uint8Array(rows),
};

describe('logistic regression', () => {
  it('has the probabilities of scikit-learn (C=1 on standardised columns)', async () => {
    const model = await logisticRegression.fit(vectors, wholePart(vectors), quietOptions);
    const risks = await model.predict(values, 5);
    const golden = [
      0.4064300450084663, 0.47903875517786193, 0.5021871599883185, 0.4669327432970589, 0.40580662498944176,
    ];
    golden.forEach((risk, row) => {
      expect(risks[row]).toBeCloseTo(risk, 3);
    });
  });
});

describe('minimise', () => {
  it("finds the bottom of Rosenbrock's valley", () => {
    const found = minimise(
      (at, gradient) => {
        const [x, y] = [at[0]!, at[1]!];
        gradient[0] = -2 * (1 - x) - 400 * x * (y - x * x);
        gradient[1] = 200 * (y - x * x);
        return (1 - x) ** 2 + 100 * (y - x * x) ** 2;
      },
      Float64Array.of(-1.2, 1),
      { iterations: 200, tolerance: 1e-8 },
    );
    expect(found[0]).toBeCloseTo(1, 5);
    expect(found[1]).toBeCloseTo(1, 5);
  });
});
