import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../../core/logger.js';
import { TRY_FEATURES } from '../../../features/registry.js';
import { loadVersion, packModels } from '../../../model/registry/loaded-model.js';
import type { NewVersion } from '../../../model/registry/registry.js';
import { championVersion, saveVersion, showVersion } from '../../../model/registry/registry.js';
import { promoteVersion } from '../../../model/registry/roles.js';
import { promoteServable, restoreServable, rollbackServable } from '../../../model/registry/servable.js';
import { ServedModel } from '../../../serving/live/served-model.js';
import { temporaryDatabase, type TemporaryDatabase } from '../../support/database.js';
import { rateFits, servableVersion, type Fits } from './servable-version.js';

let fits: Fits;
let store: TemporaryDatabase;

beforeAll(async () => {
  fits = await rateFits();
});
beforeEach(async () => {
  store = await temporaryDatabase();
  return () => store.drop();
});

const save = async (minute: number, changes?: Partial<NewVersion>): Promise<string> =>
  (await saveVersion(store.database, servableVersion(fits, minute, changes))).version;

async function damage(version: string, how: 'flip' | 'cut'): Promise<void> {
  const sql =
    how === 'flip'
      ? 'UPDATE model_version SET weights = set_byte(weights, octet_length(weights) - 9, 255) WHERE version = $1'
      : 'UPDATE model_version SET weights = substring(weights FOR octet_length(weights) / 2) WHERE version = $1';
  await store.database.execute(sql, [version]);
}

describe('a version that cannot serve', () => {
  it('is refused: weights cut short or changed, other features, weights of other features', async () => {
    const good = await save(0);
    await promoteServable(store.database, good);
    const cut = await save(1);
    await damage(cut, 'cut');
    const flipped = await save(2);
    await damage(flipped, 'flip');
    const foreign = await save(3, { featureSetHash: 'another set' });
    const swapped = await save(4, {
      weights: packModels({ try: fits.dag_run.saved, dag_run: fits.try.saved }),
    });
    for (const [version, code, message] of [
      [cut, 'input_invalid', /are damaged: they are not those that it was saved with/],
      [flipped, 'input_invalid', /are damaged/],
      [foreign, 'conflict', /was trained on feature set another set/],
      [swapped, 'input_invalid', /those of kind try do not fit the features/],
    ] as const) {
      await expect(promoteServable(store.database, version)).rejects.toMatchObject({ code, message });
      expect((await showVersion(store.database, version)).role).toBe('candidate');
    }
    expect((await championVersion(store.database))?.version).toBe(good);
  });

  it('is passed over on the way back, which the registry says', async () => {
    const versions = [await save(0), await save(1), await save(2)];
    for (const version of versions) await promoteVersion(store.database, version);
    await damage(versions[1]!, 'cut');
    const back = await rollbackServable(store.database);
    expect(back).toMatchObject({ version: versions[0], role: 'champion' });
    expect(back.history.at(-1)).toMatchObject({
      event: 'rolled_back',
      by: 'user',
      reason: expect.stringContaining(`passed over ${versions[1]!}: The weights`) as string,
    });
    expect((await showVersion(store.database, versions[2]!)).history.map(({ event }) => event)).toEqual([
      'promoted',
      'retired',
    ]);
    await expect(rollbackServable(store.database)).rejects.toMatchObject({ code: 'not_found' });
  });

  it('gives way to the version before it when it was in use', async () => {
    const [before, present] = [await save(0), await save(1)];
    for (const version of [before, present]) await promoteVersion(store.database, version);
    expect(await restoreServable(store.database)).toMatchObject({
      champion: { version: present },
      problem: null,
    });
    await damage(present, 'flip');
    expect(await restoreServable(store.database)).toMatchObject({
      champion: { version: before, history: [{}, {}, { event: 'rolled_back', by: 'guard' }] },
      problem: expect.stringContaining('damaged') as string,
    });
    await damage(before, 'cut');
    expect(await restoreServable(store.database)).toMatchObject({ champion: null });
  });

  it('never replaces the served one, not even when the registry says so', async () => {
    const [good, bad] = [await save(0), await save(1)];
    await promoteVersion(store.database, good);
    const served = new ServedModel(
      {
        champion: async () => {
          const champion = (await championVersion(store.database))!;
          return { version: champion.version, learntUntil: champion.parameters.learnt_until };
        },
        load: (version) => loadVersion(store.database, version),
      },
      silentLogger(),
    );
    expect(await served.update()).toBe(true);
    await damage(bad, 'flip');
    await promoteVersion(store.database, bad);
    for (let round = 0; round < 2; round++) {
      expect(await served.update()).toBe(false);
      expect(served.loaded?.version).toBe(good);
      expect(served.problem).toEqual(['model_outdated', expect.stringContaining(`model ${bad} are damaged`)]);
    }
    const vector = new Float32Array(TRY_FEATURES.length).fill(NaN);
    expect((await served.loaded!.predict('try', vector, 1))[0]).toBeGreaterThan(0);
    await promoteVersion(store.database, good);
    await served.update();
    expect(served.problem).toBeNull();
  });
});
