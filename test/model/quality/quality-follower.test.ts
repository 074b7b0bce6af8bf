import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../../core/logger.js';
import { DAG_RUN_FEATURES, featureIndex, TRY_FEATURES } from '../../../features/registry.js';
import { watchCalibration } from '../../../model/quality/calibration-watch.js';
import { createQualityFollower } from '../../../model/quality/quality-follower.js';
import { insertScores, prepareScoreDays, scoreDays } from '../../../model/quality/score-store.js';
import { seededRandom } from '../../../model/random.js';
import type { ChangedBy } from '../../../model/registry/model-version.js';
import { championVersion, saveVersion, showVersion } from '../../../model/registry/registry.js';
import { promoteVersion } from '../../../model/registry/roles.js';
import { tryObservation, writeHistory } from '../../serving/live/fixtures.js';
import { temporaryDatabase, type TemporaryDatabase } from '../../support/database.js';
import { rateFits, servableVersion, type Fits } from '../registry/servable-version.js';
import { NOW, score } from './outcomes.js';

const ROWS = 400;
const RATE = featureIndex(TRY_FEATURES, 'task__historical_rate__30d');
const now = NOW + 86_400;
let fits: Fits;
let store: TemporaryDatabase;
let former: string;
let present: string;

beforeAll(async () => {
  fits = await rateFits();
});
beforeEach(async () => {
  store = await temporaryDatabase();
  return () => store.drop();
});

async function promoted(by: ChangedBy): Promise<void> {
  former = (await saveVersion(store.database, servableVersion(fits, 0))).version;
  present = (await saveVersion(store.database, servableVersion(fits, 1))).version;
  for (const version of [former, present])
    await promoteVersion(store.database, version, undefined, { by, reason: 'test' });
}

/** Tries of which 1 in 10 or 3 in 10 fail, as their rates say; the present model says `risk` of the rate. */
async function serve(risk: (rate: number) => number): Promise<void> {
  const random = seededRandom(7);
  const tries = Array.from({ length: ROWS }, (_, row) => {
    const rate = row % 2 === 0 ? 0.1 : 0.3;
    const decidedAt = NOW + row * 60;
    const vector = new Float32Array(TRY_FEATURES.length).fill(NaN);
    vector[RATE] = rate;
    const runId = `scheduled__${row}`;
    return {
      score: score({ runId, decidedAt, risk: risk(rate), modelVersion: present, vector }),
      fact: tryObservation({
        runId,
        taskId: 'load',
        state: random() < rate ? 'failed' : 'success',
        queuedAt: decidedAt + 1,
        startedAt: decidedAt + 2,
        endedAt: decidedAt + 30,
      }),
    };
  });
  const scores = tries.map((each) => each.score);
  await prepareScoreDays(store.database, scoreDays(scores), NOW - 86_400);
  await insertScores(store.database, scores);
  await writeHistory(store.database, { tries: tries.map(({ fact }) => fact) }, now - 60);
}

const follower = (onEvaluated?: () => Promise<void>) =>
  createQualityFollower({
    database: store.database,
    clock: () => now,
    wallClock: () => now,
    windowDays: 7,
    logger: silentLogger(),
    ...(onEvaluated === undefined ? {} : { onEvaluated }),
  });

const watch = () =>
  watchCalibration({
    database: store.database,
    clock: () => now,
    logger: silentLogger(),
    signal: new AbortController().signal,
    windowDays: 7,
    seed: 1,
  });

describe('following quality', () => {
  it('joins, evaluates and measures drift against what the champion learnt from', async () => {
    await promoted('schedule');
    await serve((rate) => rate);
    let evaluations = 0;
    const quality = follower(() => {
      evaluations++;
      return Promise.resolve();
    });
    expect(quality.view()).toBeNull();
    await quality.refresh();
    expect(evaluations).toBe(1);
    const { quality: live, drift } = quality.view()!;
    expect(live.subsets.all.rows).toBe(ROWS);
    expect(live.subsets.all.metrics.expected_calibration_error).toBeLessThan(0.1);
    expect(live.subsets.dag_runs.rows).toBe(0);
    expect(drift.dag_run).toMatchObject({ inputs: null, outcome: null });
    expect(drift.try!.inputs!.rows).toBe(ROWS);
    // It learnt from rows whose every value is 0.25; here all but the rate are unknown.
    expect(drift.try!.inputs!.features.every(({ psi }) => psi > 0.25)).toBe(true);
    expect(drift.try!.trainingFailureRate).toBe(0.25);
    expect(fits.dag_run.reference!.columns[DAG_RUN_FEATURES[0]!.name]).toBeDefined();
  });
});

describe('going back', () => {
  it('happens when the present risks are off and the former model is not; the registry says why', async () => {
    await promoted('schedule');
    await serve((rate) => rate + 0.25);
    await follower().refresh();
    expect(await watch()).toMatchObject({ version: former, role: 'champion' });
    const reason = /^calibration error 0\.2\d\d of its scores on 400 tries, where .* has 0\.0\d\d$/;
    expect((await championVersion(store.database))!.history.at(-1)).toMatchObject({
      event: 'rolled_back',
      by: 'guard',
      reason: expect.stringMatching(reason) as string,
    });
    expect((await showVersion(store.database, present)).history.at(-1)).toMatchObject({
      event: 'retired',
      by: 'guard',
    });
    // What it went back to is not judged again.
    expect(await watch()).toBeNull();
  });

  it('does not happen while the risks fit, nor against what a person put into use', async () => {
    await promoted('schedule');
    await serve((rate) => rate);
    await follower().refresh();
    expect(await watch()).toBeNull();
    await store.drop();
    store = await temporaryDatabase();
    await promoted('user');
    await serve((rate) => rate + 0.25);
    await follower().refresh();
    expect(await watch()).toBeNull();
    expect((await championVersion(store.database))!.version).toBe(present);
  });
});
