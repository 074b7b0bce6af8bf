import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Engine } from '../../features/engine.js';
import { FEATURE_UNITS, renderFeatureReference } from '../../features/reference.js';
import {
  DAG_RUN_FEATURES,
  TRY_FEATURES,
  featureIndex,
  featureSetHash,
  isToldOnly,
  modelColumns,
} from '../../features/registry.js';
import { aspectOf } from '../../features/aspects.js';
import * as riskColumns from '../../model/risk-columns.js';

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

it('the hash changes with the names, their order, and what models read', () => {
  const [first, second, ...others] = TRY_FEATURES;
  const readAll = TRY_FEATURES.map(({ name, group, unit, meaning }) => ({ name, group, unit, meaning }));
  const hashes = [TRY_FEATURES, [second!, first!, ...others], TRY_FEATURES.slice(1), readAll].map(
    (features) => featureSetHash(features),
  );
  expect(new Set(hashes).size).toBe(hashes.length);
});

describe.each([
  ['tries', TRY_FEATURES],
  ['DAG runs', DAG_RUN_FEATURES],
])('what is only told, of %s', (_kind, features) => {
  const told = features.filter((feature) => feature.isToldOnly);
  const names = features.map(({ name }) => name);

  it('is marked alike wherever the name stands', () => {
    expect(names.filter(isToldOnly)).toEqual(told.map(({ name }) => name));
  });

  it('is no column of models, and in no aspect', () => {
    const read = modelColumns(names).map((column) => names[column]!);
    expect(read).toEqual(names.filter((name) => !told.some((feature) => feature.name === name)));
    for (const feature of told) expect(aspectOf(feature), feature.name).toBe('');
  });

  it('is no risk to start from', () => {
    const starts = Object.values(riskColumns).flatMap((value) =>
      Array.isArray(value) ? (value as string[]) : [],
    );
    expect(starts).toContain('task__historical_rate__30d');
    expect(starts.filter(isToldOnly)).toEqual([]);
  });
});

it('lost waits for a slot, retries, changes of the description and failing upstream tasks are only told', () => {
  const told = TRY_FEATURES.filter((feature) => feature.isToldOnly).map(({ name }) => name);
  expect(told).toEqual([
    'task__unstarted__latest',
    'pool__unstarted_share__3h',
    'task__retries__now',
    'task__since_change__now',
    'dag__since_change__now',
    'run__upstream_failing__now',
  ]);
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
