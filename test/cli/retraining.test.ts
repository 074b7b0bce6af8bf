import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runRetraining, trainingDueAt } from '../../cli/retraining.js';
import type { Context } from '../../cli/context.js';
import { loadConfig } from '../../core/config/load.js';
import { silentLogger } from '../../core/logger.js';
import { listVersions } from '../../model/index.js';
import { hourlyHistory, HOUR, START, writeHistory } from '../serving/live/fixtures.js';
import { temporaryDatabase, type TemporaryDatabase } from '../support/database.js';

const DAY = 24 * HOUR;

function configWith(model: Record<string, unknown>) {
  const flags = Object.fromEntries(Object.entries(model).map(([key, value]) => [`model.${key}`, value]));
  return loadConfig({
    configPath: null,
    environment: {},
    flags,
    scope: 'all',
    onUnknownVariables: () => undefined,
  });
}

describe('when to train', () => {
  const trained = { canServe: true, lastTrainedAt: START, calledAt: null };

  it('is at once without a model that can serve', () => {
    expect(trainingDueAt({ ...trained, canServe: false }, DAY)).toBe(-Infinity);
    expect(trainingDueAt({ canServe: false, lastTrainedAt: null, calledAt: null }, null)).toBe(-Infinity);
  });

  it('is an interval after the last training, whether or not that one was promoted', () => {
    expect(trainingDueAt(trained, DAY)).toBe(START + DAY);
  });

  it('is when the schedule calls, once for all processes that follow it', () => {
    expect(trainingDueAt(trained, null)).toBe(Infinity);
    const calledAt = START + DAY;
    expect(trainingDueAt({ ...trained, calledAt }, null)).toBe(calledAt);
    expect(trainingDueAt({ ...trained, calledAt, lastTrainedAt: calledAt + 1 }, null)).toBe(Infinity);
    expect(trainingDueAt({ ...trained, calledAt, lastTrainedAt: calledAt - 30 }, null)).toBe(Infinity);
  });
});

describe('configuration', () => {
  it('takes a cron expression with a time zone, and names what is wrong with another', () => {
    const { model } = configWith({ retrain_schedule: '30 3 * * 1-5', retrain_time_zone: 'Europe/Amsterdam' });
    expect(model).toMatchObject({ retrain_schedule: '30 3 * * 1-5', retrain_time_zone: 'Europe/Amsterdam' });
    expect(() => configWith({ retrain_schedule: 'daily at three' })).toThrow(
      /model\.retrain_schedule.*cron expression/s,
    );
    expect(() => configWith({ retrain_schedule: '61 3 * * *' })).toThrow(/model\.retrain_schedule/);
    expect(() => configWith({ retrain_time_zone: 'Mars/Base' })).toThrow(/model\.retrain_time_zone.*IANA/s);
  });
});

describe('retraining', () => {
  let store: TemporaryDatabase;
  beforeEach(async () => {
    store = await temporaryDatabase();
    const history = hourlyHistory('shaky', 60, (run) => run % 5 === 0);
    await writeHistory(store.database, { dagIds: ['shaky'], ...history });
  });
  afterEach(() => store.drop());

  it('makes the first model at once, by one of the processes that share the database', async () => {
    const abort = new AbortController();
    const context = {
      config: { ...configWith({ retrain_schedule: '0 0 29 2 *' }), database_url: store.url },
      logger: silentLogger(),
      signal: abort.signal,
    } as unknown as Context;
    let trainings = 0;
    const process = () =>
      runRetraining({
        context,
        database: store.database,
        clock: () => START + 100 * HOUR,
        onTrained: () => {
          trainings++;
          abort.abort();
        },
      });
    await Promise.all([process(), process()]);
    expect(trainings).toBe(1);
    const versions = await listVersions(store.database);
    expect(versions).toHaveLength(1);
    expect(versions[0]).toMatchObject({
      role: 'champion',
      history: [{ event: 'promoted', by: 'schedule', reason: 'the first model' }],
    });
  });
});
