import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { importHistoryFile } from '../../../collector/history-file/index.js';
import { silentLogger } from '../../../core/logger.js';
import { runBacktest } from '../../../model/index.js';
import type { BacktestReport } from '../../../model/index.js';
import { temporaryDatabase } from '../../support/database.js';
import type { TemporaryDatabase } from '../../support/database.js';

const HEADER = 'dag_id,run_id,task_id,state,queued_at,started_at,ended_at\n';
const directory = mkdtempSync(join(tmpdir(), 'orc-tiny-'));
const reportPath = join(directory, 'report.html');
let store: TemporaryDatabase;

beforeAll(async () => {
  store = await temporaryDatabase();
});
afterAll(async () => {
  await store.drop();
  rmSync(directory, { recursive: true });
});

/** Adds a run for each of the days of a month and tests on all there is. */
async function backtestWith(days: readonly number[]): Promise<BacktestReport> {
  const rows = days.map((day) => {
    const at = (minute: number): string => new Date(Date.UTC(2026, 0, day, 1, minute)).toISOString();
    return `daily,run ${day},load,failed,${at(0)},${at(1)},${at(2)}\n`;
  });
  const file = join(directory, 'tiny.csv');
  writeFileSync(file, HEADER + rows.join(''));
  const common = {
    ...{ seed: 1, signal: new AbortController().signal, onProgress: () => undefined, logger: silentLogger() },
    clock: () => Date.UTC(2026, 10, 23) / 1000,
  };
  await importHistoryFile(store.database, file, common);
  const paths = { predictionsPath: null, reportPath };
  return runBacktest({ ...common, ...paths, database: store.database, trainFraction: 0.7, folds: 3 });
}

it('a backtest makes a report of one try, of two, and of tries that all failed', async () => {
  const one = await backtestWith([1]);
  expect(one.rows).toEqual({ train: 0, test: 1 });
  expect(one.folds).toEqual([]);
  const two = await backtestWith([2]);
  expect(two.rows).toEqual({ train: 1, test: 1 });
  expect(two.replay).toMatchObject({
    ...{ warn_at_source: 'fallback', warnings: 0, missed: 0, precision: null },
    lead_seconds: { median: null },
  });
  const page = readFileSync(reportPath, 'utf8');
  expect(page).toMatch(/<h1>[^<]*every DAG run failed/);
  expect(page).toContain('The historical rate answers for ORC: too little history');
  const seven = await backtestWith([3, 4, 5, 6, 7]);
  expect(seven.dag_runs.failure.subsets.all).toMatchObject({
    rows: 3,
    failures: 3,
    model: { roc_auc: null },
  });
  // The first tested run was planned before the split.
  expect(seven.stages.planned).toMatchObject({ rows: 2, failures: 2 });
  expect(seven.replay.missed).toBe(0);
  expect(seven.folds.map(({ rows }) => rows)).toEqual([
    { train: 1, test: 2 },
    { train: 3, test: 2 },
    { train: 5, test: 2 },
  ]);
});
