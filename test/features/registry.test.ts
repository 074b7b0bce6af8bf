import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Engine } from '../../features/engine.js';
import { FEATURE_UNITS, renderFeatureReference } from '../../features/reference.js';
import { DAG_RUN_FEATURES, TRY_FEATURES, featureIndex, featureSetHash } from '../../features/registry.js';

describe.each([
  ['tries', TRY_FEATURES],
  ['DAG runs', DAG_RUN_FEATURES],
])('the features of %s', (_kind, features) => {
  it('have names of their own, of the form entity__measure__window', () => {
    const names = features.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^[a-z_]*[a-z]__[a-z][a-z_]*[a-z]__[a-z0-9_]*[a-z0-9]$/);
  });

  it('have a known unit and a meaning', () => {
    for (const { unit, meaning } of features) {
      expect(FEATURE_UNITS).toContain(unit);
      expect(meaning.length).toBeGreaterThan(5);
    }
  });
});

it('the engine has the columns of the registry', () => {
  const engine = new Engine();
  expect(engine.tryFeatures).toBe(TRY_FEATURES);
  expect(engine.dagRunFeatures).toBe(DAG_RUN_FEATURES);
  expect(TRY_FEATURES.length).toBeGreaterThanOrEqual(100);
});

it('the hash is stable and short', () => {
  expect(featureSetHash()).toMatch(/^[0-9a-f]{16}$/);
  expect(featureSetHash()).toBe(featureSetHash());
});

it('featureIndex finds a column and rejects an unknown name', () => {
  expect(featureIndex(TRY_FEATURES, 'task__historical_rate__30d')).toBe(0);
  expect(() => featureIndex(TRY_FEATURES, 'task__charm__now')).toThrow(
    'no feature is called task__charm__now',
  );
});

it('docs/features.md is what the registry says', () => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/features.md'), 'utf8');
  expect(page).toBe(renderFeatureReference());
});
