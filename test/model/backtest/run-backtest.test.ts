import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'csv-parse/sync';
import { importHistoryFile } from '../../../collector/history-file/index.js';
import { silentLogger } from '../../../core/logger.js';
import { formatPrediction } from '../../../model/backtest/write-predictions.js';
import { riskMetrics } from '../../../model/evaluation/metrics.js';
import { championVersion, loadVersion, runBacktest, runTraining } from '../../../model/index.js';
import type { BacktestReport } from '../../../model/index.js';
import { seededRandom } from '../../../model/random.js';
import { featureSetHash } from '../../../features/registry.js';
import { temporaryDatabase } from '../../support/database.js';
import type { TemporaryDatabase } from '../../support/database.js';

const HEADER = 'dag_id,run_id,task_id,state,queued_at,started_at,ended_at\n';
const directory = mkdtempSync(join(tmpdir(), 'orc-backtest-'));
const common = {
  seed: 1,
  signal: new AbortController().signal,
  onProgress: () => undefined,
  logger: silentLogger(),
  clock: () => Date.UTC(2026, 10, 23) / 1000,
};
let store: TemporaryDatabase;
let young: TemporaryDatabase;
let empty: TemporaryDatabase;
let report: BacktestReport;

/** Three tasks an hour for a while; `flaky` breaks now and then and stays broken for a few hours. */
function historyOf(hours: number): string {
  const random = seededRandom(4);
  let brokenFor = 0;
  let text = HEADER;
  for (let hour = 0; hour < hours; hour++) {
    const at = (minutes: number): string => new Date(Date.UTC(2026, 0, 1, hour, minutes)).toISOString();
    if (brokenFor === 0 && random() < 0.05) brokenFor = 4;
    for (const task of ['steady', 'flaky', 'noisy "quoted", one']) {
      const failed = task === 'flaky' ? brokenFor > 0 : random() < (task === 'steady' ? 0.01 : 0.2);
      text += `daily,run ${hour},"${task.replaceAll('"', '""')}",${failed ? 'failed' : 'success'},${at(1)},${at(2)},${at(9)}\n`;
    }
    brokenFor = Math.max(0, brokenFor - 1);
  }
  return text;
}

const predictionsPath = join(directory, 'predictions.csv');
const reportPath = join(directory, 'report.html');

beforeAll(async () => {
  [store, young, empty] = [await temporaryDatabase(), await temporaryDatabase(), await temporaryDatabase()];
  for (const [{ database }, hours] of [
    [store, 700],
    [young, 250],
  ] as const) {
    const file = join(directory, `${hours}-hours.csv`);
    writeFileSync(file, historyOf(hours));
    await importHistoryFile(database, file, common);
  }
  const paths = { predictionsPath, reportPath };
  report = await runBacktest({ ...common, ...paths, database: store.database, trainFraction: 0.7 });
});
afterAll(async () => {
  for (const each of [store, young, empty]) await each.drop();
  rmSync(directory, { recursive: true });
});

describe('backtest', () => {
  it('reports what the contract names', () => {
    expect(report.rows).toEqual({ train: 1470, test: 630 });
    expect(report.model_version).toMatch(/^backtest-/);
    expect(Object.keys(report.seconds)).toEqual(['features', 'train', 'score']);
    for (const subset of Object.values(report.subsets)) {
      expect(subset.rows).toBeGreaterThan(subset.failures);
      for (const metrics of [subset.model, ...Object.values(subset.baselines)]) {
        expect(Object.values(metrics).every((value) => typeof value === 'number')).toBe(true);
      }
    }
    expect(report.subsets.all.rows).toBe(630);
  });

  it('finds out that a broken task stays broken', () => {
    const { model, baselines } = report.subsets.all;
    expect(model.average_precision!).toBeGreaterThan(baselines.historical_rate.average_precision! + 0.05);
    expect(model.expected_calibration_error!).toBeLessThan(0.06);
  });

  it('writes one prediction per tested try, from which its figures follow', () => {
    const rows = parse(readFileSync(predictionsPath, 'utf8'), { columns: true }) as unknown as Record<
      string,
      string
    >[];
    expect(rows).toHaveLength(630);
    expect(rows[0]).toMatchObject({
      deployment: 'default',
      dag_id: 'daily',
      task_id: 'flaky',
      map_index: '-1',
      try_number: '1',
    });
    expect(rows[1]!['task_id']).toBe('noisy "quoted", one');
    expect(rows[0]!['decision_time']).toBe('2026-01-21T10:01:00Z');
    const labels = Uint8Array.from(rows, (row) => Number(row['failed']));
    const risks = Float64Array.from(rows, (row) => Number(row['probability']));
    expect(riskMetrics(labels, risks)).toEqual(report.subsets.all.model);
  });

  it('tells the quality at each stage, and of DAG runs', () => {
    const { stages, dag_runs: runs, folds } = report;
    expect(stages.queued).toMatchObject({ rows: 630, failures: report.subsets.all.failures });
    expect(stages.queued.model).toEqual(report.subsets.all.model);
    // Hourly runs: each of the three tasks is described before its run, too; that of the first tested run was before the split.
    expect(stages.planned.rows).toBe(627);
    expect(stages.planned.model.average_precision!).toBeGreaterThan(
      stages.planned.baselines.historical_rate.average_precision!,
    );
    expect(stages.running.rows).toBeGreaterThan(300);
    expect(stages.retrying.rows).toBe(0);
    // No try of this history was retried: each failure was final, and known to be so a day later.
    const { task_final: final } = report;
    expect(final.queued.rows).toBeGreaterThan(550);
    expect(final.queued.failures).toBeGreaterThan(0.8 * stages.queued.failures);
    expect(final.all.rows).toBe(final.planned.rows + final.queued.rows + final.running.rows);
    // All tasks of a run end together, and the run with them: there is no moment in between.
    expect(runs.failure.rows).toEqual({ train: 490, test: 210 });
    expect(runs.failure.subsets.all.rows).toBe(210);
    expect(runs.failure.stages.planned.rows).toBe(209);
    expect(runs.failure.stages.queued.failures).toBe(runs.failure.subsets.all.failures);
    expect(folds).toEqual([]);
    // Of every run that was created after the split an end was foretold.
    expect(runs.lateness.stages.queued.runs).toBe(209);
    expect(runs.lateness.stages.queued.intervals.coverage!).toBeGreaterThan(0.5);
  });

  it('replays the warnings of the last days, and writes them as a page', () => {
    const { replay } = report;
    expect(replay.warn_at_source).toBe('incidents');
    expect(replay.to).toBe('2026-01-30T03:01:00Z');
    expect(replay.warnings).toBeGreaterThan(0);
    expect(replay.right).toBeGreaterThan(0);
    expect(replay.listed.warnings).toHaveLength(replay.warnings);
    expect(replay.listed.missed).toHaveLength(replay.missed);
    expect(replay.listed.warnings.filter(({ right }) => right)).toHaveLength(replay.right);
    expect(replay.listed.warnings.some(({ reasons }) => reasons.length > 0)).toBe(true);
    for (const { risk, lead_seconds: lead } of replay.listed.warnings) {
      expect(risk).toBeGreaterThanOrEqual(replay.warn_at);
      expect(lead ?? 0).toBeGreaterThanOrEqual(0);
    }
    const page = readFileSync(reportPath, 'utf8');
    expect(page).toContain(replay.listed.warnings.at(-1)!.run_id);
    expect(page).toContain(`<td class="name"><span class="faint"></span>daily</td>`);
    expect(page).not.toMatch(/NaN|undefined/);
  });

  it('gives the same figures again', async () => {
    const again = await runBacktest({
      ...common,
      database: store.database,
      trainFraction: 0.7,
      predictionsPath: null,
    });
    expect(again).toEqual({ ...report, seconds: again.seconds });
    expect(await championVersion(store.database)).toBeNull();
  });

  it('says what is missing while there is no history, and what cannot be written', async () => {
    const options = { ...common, trainFraction: 0.7, predictionsPath: null };
    await expect(runBacktest({ ...options, database: empty.database })).rejects.toMatchObject({
      code: 'too_little_history',
    });
    const nowhere = join(directory, 'missing', 'predictions.csv');
    for (const path of [{ predictionsPath: nowhere }, { reportPath: nowhere }]) {
      await expect(runBacktest({ ...options, database: store.database, ...path })).rejects.toMatchObject({
        code: 'input_invalid',
        message: /missing/,
      });
    }
  });
});

describe('training', () => {
  it('stores a version of both kinds and promotes the first; the second stays unless it is asked for', async () => {
    const { database } = young;
    const first = await runTraining({ ...common, database, promote: 'if_better' });
    expect(first.role).toBe('champion');
    expect(first.metrics.try.average_precision!).toBeGreaterThan(0.2);
    expect(first.parameters.dag_run.rows).toBeGreaterThanOrEqual(250);
    const second = await runTraining({ ...common, database, seed: 2, promote: false });
    expect(second.role).toBe('candidate');
    expect((await championVersion(database))?.version).toBe(first.version);
    const model = await loadVersion(database, first.version, featureSetHash());
    expect(model.trainedAt).toBe(common.clock());
    model.dispose();
  });

  it('says what is missing while there is no history, and stops when cancelled', async () => {
    const options = { ...common, promote: false } as const;
    await expect(runTraining({ ...options, database: empty.database })).rejects.toMatchObject({
      code: 'too_little_history',
    });
    const abort = new AbortController();
    const onProgress = (): void => {
      abort.abort();
    };
    await expect(
      runTraining({ ...options, database: store.database, onProgress, signal: abort.signal }),
    ).rejects.toMatchObject({ code: 'cancelled' });
  });
});

describe('a line of predictions', () => {
  it('keeps microseconds and quotes what needs it', () => {
    const subject = {
      deployment: 'prod',
      dagId: 'a,b',
      runId: 'r"1"',
      taskId: 't\n2',
      mapIndex: 3,
      tryNumber: 2,
    };
    const line = formatPrediction({ subject, decidedAt: 1_700_000_000.123456, failed: 1, probability: 0.25 });
    expect(line).toBe('prod,"a,b","r""1""","t\n2",3,2,2023-11-14T22:13:20.123456Z,1,0.25\n');
  });
});
