import { beforeEach, describe, expect, it } from 'vitest';
import { alertsSchema } from '../../../core/config/alerts.js';
import { silentLogger } from '../../../core/logger.js';
import { insertScores, prepareScoreDays, scoreDays } from '../../../model/quality/score-store.js';
import type { ServedScore } from '../../../model/quality/types.js';
import { createThresholdFollower } from '../../../serving/live/threshold-follower.js';
import { NOW, score } from '../../model/quality/outcomes.js';
import { temporaryDatabase, type TemporaryDatabase } from '../../support/database.js';
import { sketchBoard } from '../support.js';

const DAY = 86_400;
let store: TemporaryDatabase;
beforeEach(async () => {
  store = await temporaryDatabase();
  return () => store.drop();
});

const run = (
  dagId: string,
  runId: string | null,
  risk: number,
  values: Partial<ServedScore> = {},
): ServedScore =>
  score({
    ...{ kind: 'dag_run', dagId, runId, taskId: '', mapIndex: -1, tryNumber: 0, risk, afterSuccess: true },
    ...values,
  });

async function put(...scores: ServedScore[]): Promise<void> {
  await prepareScoreDays(store.database, scoreDays(scores), NOW - 30 * DAY);
  await insertScores(store.database, scores);
}

function follower(config: object, clock: () => number = () => NOW) {
  return createThresholdFollower({
    database: store.database,
    clock,
    config: alertsSchema.parse(config),
    board: () => sketchBoard([{ dagId: 'tagged', risk: 0.5, tags: ['gold'] }]),
    logger: silentLogger(),
  });
}

const dag = (dagId: string) => ({ deployment: 'production', dagId, tags: [], owners: [] });

describe('threshold follower', () => {
  it('answers from the costs alone before it has looked, and while the budget holds', async () => {
    await put(run('a', 'r1', 0.9, { deployment: 'production' }));
    const thresholds = follower({});
    expect(thresholds.thresholdsOf(dag('a'))).toEqual({ warning: 0.2, critical: 0.6 });
    await thresholds.refresh();
    expect(thresholds.thresholdsOf(dag('a'))).toEqual({ warning: 0.2, critical: 0.6 });
  });

  it('raises the thresholds of a deployment to where the budget holds', async () => {
    const decided = (days: number) => ({ deployment: 'production', decidedAt: NOW - days * DAY });
    await put(
      run('first', 'r0', 0.05, decided(2)),
      ...[0.9, 0.8, 0.7, 0.6, 0.5].map((risk, i) => run(`dag_${i}`, 'r', risk, decided(1))),
      // Neither a run whose DAG failed last nor a try is a warning.
      run('failing', 'r', 0.99, { ...decided(1), afterSuccess: false }),
      score({ ...decided(1), risk: 0.99 }),
    );
    const thresholds = follower({ warnings_per_day: 1 });
    await thresholds.refresh();
    // Two days allow two warnings: above 0.7, that is.
    expect(thresholds.thresholdsOf(dag('any')).warning).toBeCloseTo(0.7, 9);
    expect(thresholds.thresholdsOf({ ...dag('any'), deployment: 'another' }).warning).toBe(0.2);
  });

  it('counts a run once, whatever its stages, also when it was scored before it existed', async () => {
    let now = NOW;
    const at = (decidedAt: number, stage: ServedScore['stage']) => ({
      deployment: 'production',
      decidedAt,
      stage,
    });
    await put(run('a', null, 0.9, at(NOW - 60, 'planned')));
    const thresholds = follower({ warnings_per_day: 1 }, () => now);
    await thresholds.refresh();
    now += 3600;
    await put(run('a', 'r1', 0.6, at(now - 60, 'queued')), run('a', 'r1', 0.7, at(now - 30, 'running')));
    await thresholds.refresh();
    expect(thresholds.priceOf('production')).toBe(0);
    now += 3600;
    await put(run('b', 'r1', 0.5, at(now - 30, 'running')));
    await thresholds.refresh();
    // One of the two: the other, at 0.5, is where the threshold comes to lie.
    expect(thresholds.thresholdsOf(dag('a')).warning).toBeCloseTo(0.5, 9);
  });

  it('weighs each DAG by its own costs', async () => {
    await put(
      run('tagged', 'r', 0.3, { deployment: 'production' }),
      run('plain', 'r', 0.6, { deployment: 'production' }),
    );
    const thresholds = follower({
      warnings_per_day: 1,
      overrides: [{ tag: 'gold', missed_failure: 10_000 }],
    });
    await thresholds.refresh();
    expect(thresholds.thresholdsOf({ ...dag('tagged'), tags: ['gold'] }).warning).toBeLessThan(0.3);
    expect(thresholds.thresholdsOf(dag('plain')).warning).toBeCloseTo(0.6, 9);
  });

  it('forgets what is older than a week', async () => {
    let now = NOW;
    await put(
      run('a', 'r', 0.9, { deployment: 'production' }),
      run('b', 'r', 0.8, { deployment: 'production' }),
    );
    const thresholds = follower({ warnings_per_day: 1 }, () => now);
    await thresholds.refresh();
    expect(thresholds.priceOf('production')).toBeGreaterThan(0);
    now += 8 * DAY;
    await thresholds.refresh();
    expect(thresholds.priceOf('production')).toBe(0);
  });

  it('asks for a higher risk of a DAG whose last warnings people called not useful', async () => {
    await store.database.execute(
      `INSERT INTO incident (deployment, kind, subject, severity, phase, opened_at, closed_at)
       SELECT 'production', 'failure', 'noisy', 'warning', 'closed', to_timestamp($1), to_timestamp($1) FROM generate_series(1, 12)`,
      [NOW],
    );
    // Of the last ten, six; an older one does not count.
    await store.database.execute(
      `INSERT INTO incident_feedback (incident_id, verdict, channel, user_id, given_at)
       SELECT incident_id, 'not_useful', 'slack', 'U1', to_timestamp($1) FROM incident
       WHERE incident_id IN (SELECT incident_id FROM incident ORDER BY incident_id DESC LIMIT 6)
         OR incident_id = (SELECT min(incident_id) FROM incident)`,
      [NOW],
    );
    const thresholds = follower({});
    await thresholds.refresh();
    expect(thresholds.thresholdsOf(dag('noisy')).warning).toBeCloseTo(0.4, 9);
    expect(thresholds.thresholdsOf(dag('other')).warning).toBe(0.2);
  });
});
