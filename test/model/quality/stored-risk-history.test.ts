import { beforeEach, describe, expect, it } from 'vitest';
import { previewWarnings, warnableRuns } from '../../../model/backtest/preview-warnings.js';
import { insertScores, prepareScoreDays, scoreDays } from '../../../model/quality/score-store.js';
import { storedRiskHistory } from '../../../model/quality/stored-risk-history.js';
import type { ServedScore } from '../../../model/quality/types.js';
import { temporaryDatabase, type TemporaryDatabase } from '../../support/database.js';
import { NOW, score } from './outcomes.js';

const HOUR = 3600;
let store: TemporaryDatabase;
beforeEach(async () => {
  store = await temporaryDatabase();
  return () => store.drop();
});

type Told = readonly [
  runId: string,
  stage: ServedScore['stage'],
  at: number,
  risk: number,
  outcome: 0 | 1,
  endedAt: number,
];

async function put(...told: Told[]): Promise<void> {
  const scores = told.map(([runId, stage, decidedAt, risk]) =>
    score({
      ...{ kind: 'dag_run', dagId: 'etl', runId, stage, decidedAt, risk, afterSuccess: true },
      ...{ taskId: '', mapIndex: -1, tryNumber: 0 },
    }),
  );
  await prepareScoreDays(store.database, scoreDays(scores), NOW - 40 * 24 * HOUR);
  await insertScores(store.database, scores);
  for (const [runId, stage, , , outcome, endedAt] of told) {
    await store.database.execute(
      'UPDATE score SET outcome = $1, is_settled = true, outcome_known_at = to_timestamp($2) WHERE run_id = $3 AND stage = $4',
      [outcome, endedAt, runId, stage],
    );
  }
}

describe('risks as they were served', () => {
  it('are not enough when they begin after the span', async () => {
    expect(await storedRiskHistory(store.database, NOW)).toBeNull();
    await put(['r1', 'queued', NOW + HOUR, 0.5, 0, NOW + 2 * HOUR]);
    expect(await storedRiskHistory(store.database, NOW)).toBeNull();
  });

  it('lead to one warning an incident, right when the run fails', async () => {
    await put(
      ['r0', 'queued', NOW - HOUR, 0.1, 0, NOW - HOUR / 2],
      ['r1', 'planned', NOW, 0.1, 1, NOW + 2 * HOUR],
      ['r1', 'queued', NOW + HOUR, 0.5, 1, NOW + 2 * HOUR],
      ['r1', 'running', NOW + 1.5 * HOUR, 0.9, 1, NOW + 2 * HOUR],
      ['r2', 'queued', NOW + 3 * HOUR, 0.6, 0, NOW + 4 * HOUR],
    );
    const history = (await storedRiskHistory(store.database, NOW))!;
    expect(history.runs.map(({ runId, createdAt, failedAt }) => [runId, createdAt, failedAt])).toEqual([
      ['r0', NOW - HOUR, null],
      ['r1', NOW + HOUR, NOW + 2 * HOUR],
      ['r2', NOW + 3 * HOUR, null],
    ]);
    const preview = previewWarnings(history, NOW, () => 0.4);
    expect(preview).toMatchObject({ warnings: 1, right: 1, missed: 0, lead_seconds: { median: HOUR } });
    expect(previewWarnings(history, NOW, () => 0.95)).toMatchObject({ warnings: 0, missed: 1 });
    expect(previewWarnings(history, NOW, ({ dagId }) => (dagId === 'etl' ? 0.95 : 0)).warnings).toBe(0);
    expect(warnableRuns(history, NOW, NOW + 5 * HOUR).map(({ run, risk }) => [run.runId, risk])).toEqual([
      ['r1', 0.9],
      ['r2', 0.6],
    ]);
    // A task of r1 has failed for good before it was scored at the stage running.
    const runs = history.runs.map((run) =>
      run.runId === 'r1' ? { ...run, failedAt: NOW + 1.2 * HOUR } : run,
    );
    expect(warnableRuns({ ...history, runs }, NOW, NOW + 5 * HOUR).map(({ risk }) => risk)).toEqual([
      0.5, 0.6,
    ]);
  });
});
