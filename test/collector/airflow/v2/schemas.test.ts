import { describe, expect, it } from 'vitest';
import { assetPage } from '../../../../collector/airflow/v2/schemas.js';

describe('the consumers of an asset', () => {
  const asset = { uri: 's3://lake/orders', name: 'orders', producing_tasks: [] };
  it.each([
    ['Airflow 3.0', 'consuming_dags'],
    ['Airflow 3.1 and later', 'scheduled_dags'],
  ])('are read from %s', (_version, key) => {
    const answer = { assets: [{ ...asset, [key]: [{ dag_id: 'consume' }] }], total_entries: 1 };
    expect(assetPage.parse(answer).rows).toEqual([{ ...asset, scheduled_dags: [{ dag_id: 'consume' }] }]);
  });

  it('cannot be missing', () => {
    expect(assetPage.safeParse({ assets: [asset], total_entries: 1 }).success).toBe(false);
  });
});
