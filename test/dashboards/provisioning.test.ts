import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parse } from 'yaml';

it('is a provider of dashboards from files that nobody changes in the browser', () => {
  const text = readFileSync(join(import.meta.dirname, '../../dashboards/provisioning/orc-ai.yaml'), 'utf8');
  const docs = readFileSync(join(import.meta.dirname, '../../docs/dashboards.md'), 'utf8');
  const { apiVersion, providers } = parse(text) as {
    apiVersion: number;
    providers: Record<string, unknown>[];
  };
  expect(apiVersion).toBe(1);
  expect(providers).toHaveLength(1);
  expect(providers[0]).toMatchObject({ type: 'file', allowUiUpdates: false });
  const { path } = providers[0]!['options'] as { path: string };
  expect(docs).toContain(`orc dashboards render --out ${path}`);
});
