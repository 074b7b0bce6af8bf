import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { loadVersion, packModels } from '../../../model/registry/loaded-model.js';
import { versionName } from '../../../model/registry/model-version.js';
import { championVersion, listVersions, saveVersion, showVersion } from '../../../model/registry/registry.js';
import { promoteVersion, rollbackVersion } from '../../../model/registry/roles.js';
import type { NewVersion } from '../../../model/registry/registry.js';
import type { FitResult } from '../../../model/training/jobs.js';
import { runJob } from '../../../model/training/run-job.js';
import type { LabelledVectors } from '../../../model/types.js';
import { temporaryDatabase } from '../../support/database.js';
import type { TemporaryDatabase } from '../../support/database.js';
import { SYNTHETIC_GROUPS, syntheticVectors } from '../synthetic-vectors.js';

const CREATED_AT = Date.UTC(2026, 10, 23, 20, 50) / 1000;
const vectors = syntheticVectors(900);
let store: TemporaryDatabase;
let fits: FitResult[];

async function fitted(of: LabelledVectors): Promise<FitResult> {
  const job = { job: 'fit', kind: 'try', vectors: of, groups: SYNTHETIC_GROUPS, seed: 1 } as const;
  return (await runJob(job, () => undefined)) as FitResult;
}

function newVersion(fit: FitResult, minute = 0): NewVersion {
  const parameters = { ...fit.summary, reason: fit.reason };
  return {
    createdAt: CREATED_AT + minute * 60,
    featureSetHash: 'features-1',
    dataFrom: vectors.decidedAt[0]!,
    dataTo: vectors.decidedAt.at(-1)!,
    trainingRows: vectors.rows,
    metrics: { try: fit.metrics, dag_run: fit.metrics },
    parameters: { seed: 1, learnt_until: vectors.labelKnownAt.at(-1)!, try: parameters, dag_run: parameters },
    weights: packModels({ try: fit.saved, dag_run: fit.saved }),
  };
}

beforeAll(async () => {
  // Of too few rows no network is fitted, which takes no time.
  fits = [await fitted(vectors), await fitted(syntheticVectors(100)), await fitted(syntheticVectors(120))];
});
beforeEach(async () => {
  store = await temporaryDatabase();
  return () => store.drop();
});
afterAll(() => undefined);

const save = (k: number) => saveVersion(store.database, newVersion(fits[k]!, k));

describe('registry', () => {
  it('names a version after its minute and its weights, and stores it once', async () => {
    const first = await save(0);
    expect(first.version).toMatch(/^2026-11-23T2050Z-[0-9a-f]{6}$/);
    expect(versionName(CREATED_AT, 'ab12cd99')).toBe('2026-11-23T2050Z-ab12cd');
    expect(first).toMatchObject({
      role: 'candidate',
      createdAt: CREATED_AT,
      promotedAt: null,
      trainingRows: 900,
    });
    expect(first.metrics.try).toEqual(fits[0]!.metrics);
    expect(await save(0)).toEqual(first);
    const second = await save(1);
    expect((await listVersions(store.database)).map(({ version }) => version)).toEqual([
      second.version,
      first.version,
    ]);
  });

  it('has one champion; rollback goes back step by step', async () => {
    const versions = [await save(0), await save(1), await save(2)].map(({ version }) => version);
    expect(await championVersion(store.database)).toBeNull();
    for (const version of versions) await promoteVersion(store.database, version);
    expect((await championVersion(store.database))?.version).toBe(versions[2]);
    expect((await rollbackVersion(store.database)).version).toBe(versions[1]);
    expect((await rollbackVersion(store.database)).version).toBe(versions[0]);
    await expect(rollbackVersion(store.database)).rejects.toMatchObject({ code: 'not_found' });
    const roles = (await listVersions(store.database)).map(({ role }) => role);
    expect(roles).toEqual(['retired', 'retired', 'champion']);
    expect((await promoteVersion(store.database, versions[2]!)).role).toBe('champion');
  });

  it('lets one of two processes promote when both expect the same champion', async () => {
    const [first, second] = [await save(0), await save(1)];
    const both = await Promise.allSettled(
      [first, second].map(({ version }) => promoteVersion(store.database, version, null)),
    );
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const lost = both.find((outcome) => outcome.status === 'rejected');
    expect(lost?.reason).toMatchObject({ code: 'conflict', retryable: true });
    expect((await listVersions(store.database)).filter(({ role }) => role === 'champion')).toHaveLength(1);
  });

  it('refuses unknown versions', async () => {
    for (const work of [showVersion, promoteVersion, loadVersion]) {
      await expect(work(store.database, 'nonsense')).rejects.toMatchObject({
        code: 'not_found',
        message: /nonsense/,
      });
    }
  });
});

describe('loaded model', () => {
  it('answers as it was trained, explains, and refuses other features', async () => {
    const { version } = await save(0);
    const model = await loadVersion(store.database, version, 'features-1');
    expect(model).toMatchObject({ version, featureSetHash: 'features-1', trainedAt: CREATED_AT });
    const risks = await model.predict('try', vectors.values, vectors.rows);
    expect(await model.predict('dag_run', vectors.values, vectors.rows)).toEqual(risks);
    const [explanation] = await model.explain('try', vectors.values, 1);
    expect(explanation!.risk).toBe(risks[0]);
    await expect(loadVersion(store.database, version, 'features-2')).rejects.toMatchObject({
      code: 'conflict',
      message: /features-1.*features-2/,
    });
    model.dispose();
  });

  it('follows outcomes that ended since, once each, and ignores those it has learnt from', async () => {
    const { version } = await save(0);
    const model = await loadVersion(store.database, version);
    const before = await model.predict('try', vectors.values, 50);
    await model.observe('try', vectors);
    expect(await model.predict('try', vectors.values, 50)).toEqual(before);
    const later = syntheticVectors(400, { seed: 9 });
    const shift = vectors.labelKnownAt.at(-1)! - later.decidedAt[0]! + 3600;
    const outage = {
      ...later,
      labels: new Uint8Array(400).fill(1),
      decidedAt: later.decidedAt.map((time) => time + shift),
      labelKnownAt: later.labelKnownAt.map((time) => time + shift),
    };
    const snapshot = model.snapshot();
    await model.observe('try', outage);
    const after = await model.predict('try', vectors.values, 50);
    const mean = (risks: Float64Array): number => risks.reduce((sum, risk) => sum + risk, 0) / risks.length;
    expect(mean(after)).toBeGreaterThan(mean(before) + 0.1);
    await model.observe('try', outage);
    expect(await model.predict('try', vectors.values, 50)).toEqual(after);
    expect(await model.predict('dag_run', vectors.values, 50)).toEqual(before);
    const [asScored] = await snapshot.explain('try', vectors.values, 1);
    expect(asScored!.risk).toBe(before[0]);
    const [asItIsNow] = await model.explain('try', vectors.values, 1);
    expect(asItIsNow!.risk).toBe(after[0]);
  });
});
