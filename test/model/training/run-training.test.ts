import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { importHistoryFile } from '../../../collector/history-file/index.js';
import { silentLogger } from '../../../core/logger.js';
import { runTraining } from '../../../model/index.js';
import { seededRandom } from '../../../model/random.js';
import { modelCard } from '../../../model/registry/model-card.js';
import { championVersion } from '../../../model/registry/registry.js';
import { temporaryDatabase, type TemporaryDatabase } from '../../support/database.js';

const directory = mkdtempSync(join(tmpdir(), 'orc-training-'));
const FIRST = Date.UTC(2026, 0, 1);
const HOUR_MS = 3_600_000;
let store: TemporaryDatabase;
let createdAt = Date.UTC(2026, 10, 23) / 1000;

const common = {
  seed: 1,
  signal: new AbortController().signal,
  onProgress: () => undefined,
  logger: silentLogger(),
  clock: () => createdAt,
};

/** Two tasks an hour, one of which fails in one of five. */
async function importHours(from: number, to: number): Promise<void> {
  const random = seededRandom(from + 1);
  let text = 'dag_id,run_id,task_id,state,queued_at,started_at,ended_at\n';
  for (let hour = from; hour < to; hour++) {
    const at = (minutes: number): string => new Date(FIRST + hour * HOUR_MS + minutes * 60_000).toISOString();
    for (const task of ['steady', 'shaky']) {
      const state = task === 'shaky' && random() < 0.2 ? 'failed' : 'success';
      text += `hourly,run ${hour},${task},${state},${at(1)},${at(2)},${at(9)}\n`;
    }
  }
  const file = join(directory, `${from}.csv`);
  writeFileSync(file, text);
  await importHistoryFile(store.database, file, common);
}

beforeAll(async () => {
  store = await temporaryDatabase();
});
afterAll(async () => {
  await store.drop();
  rmSync(directory, { recursive: true });
});

describe('retraining', () => {
  it('goes on from the weights of the model in use, is measured on what came since, and starts anew now and then', async () => {
    const { database } = store;
    const train = () => {
      createdAt += 86_400;
      return runTraining({ ...common, database, promote: true, warmStarts: 1 });
    };
    await importHours(0, 300);
    const first = await train();
    expect(first.parameters.start).toEqual({
      ...{ from: null, warm_starts: 0, scratch_rows: 600 },
      reason: 'there is no model in use',
    });
    await importHours(300, 420);
    const second = await train();
    expect(second.parameters.start).toEqual({
      ...{ from: first.version, warm_starts: 1, scratch_rows: 600 },
      reason: null,
    });
    expect(second.parameters.try).toMatchObject({ start: 'warm', rows: 840, epochs: 3 });
    expect(second.metrics.try.rows).toBe(240);
    const facts = modelCard(second).sections.flatMap((section) => section.facts);
    expect(facts).toContainEqual(['start', `from the weights of ${first.version}, 1 in a row`]);
    const third = await train();
    expect(third.parameters).toMatchObject({
      start: { from: null, reason: '1 in a row went on from earlier weights' },
      try: { start: 'scratch' },
    });
  });

  it('may be shown a sample of what the model has learnt from, and all that came since', async () => {
    const { database } = store;
    const before = await championVersion(database);
    await importHours(420, 480);
    createdAt += 86_400;
    const olderSizes = { rows: 200, ofRarerClass: 20 };
    const version = await runTraining({ ...common, database, promote: false, warmStarts: 1, olderSizes });
    expect(version.parameters.start).toMatchObject({ from: before!.version, scratch_rows: 840 });
    expect(version.parameters.try.start).toBe('warm');
    expect(version.metrics.try.rows).toBe(120);
    expect(version.dataFrom).toBe(before!.dataFrom);
    expect(version.parameters.learnt_until).toBe(FIRST / 1000 + 479 * 3600 + 9 * 60);
    // What the sample stands for is about as much as there is, and seldom the very same.
    expect(version.trainingRows).not.toBe(960);
    expect(Math.abs(version.trainingRows / 960 - 1)).toBeLessThan(0.1);
    expect(version.parameters.try.rows).toBe(version.trainingRows);
  });

  it('starts from scratch unless it is asked to go on', async () => {
    createdAt += 86_400;
    const version = await runTraining({ ...common, database: store.database, promote: false });
    expect(version.parameters.start).toBeUndefined();
    expect(version.parameters.try.start).toBe('scratch');
  });
});
