/** Tests the model of DAG runs, and replays the warnings that its risks would have meant. */
import type { UnixSeconds } from '../../core/facts.js';
import { runKey } from '../../features/row-keys.js';
import { aspectOf } from '../../features/aspects.js';
import { DAG_RUN_FEATURES } from '../../features/registry.js';
import { firstRowAt, sliceRows } from '../../features/slice-rows.js';
import { STAGE_QUEUED, type ReplayedVectors } from '../../features/vector-store.js';
import type { BacktestJob, BacktestResult } from '../training/jobs.js';
import type { IncidentReplay } from './incidents.js';
import { reportPart, type PartReport } from './part-report.js';
import { explainMoments } from './reasons.js';
import type { ReplayReport } from './replay-report.js';
import { listedMoments, replayWarnings, reportReplay, type ReplayInput } from './replay-warnings.js';
import { collectMoments, indexRuns, type RiskMoment, type TestedRun } from './run-history.js';
import { reportStages, stagedColumns, type StageReports } from './stages.js';
import type { WarningRule } from './warn-at.js';

/** Quality at the failure of DAG runs: each run once, as it was queued, and all its moments by stage. */
export interface DagRunFailureReport {
  readonly rows: { readonly train: number; readonly test: number };
  readonly subsets: { readonly all: PartReport; readonly onset: PartReport };
  readonly stages: StageReports;
}

export interface DagRunTest {
  readonly failure: DagRunFailureReport;
  readonly replay: ReplayReport;
  readonly runs: readonly TestedRun[];
  /** Moments of the training part, scored by models that had not seen them. */
  readonly earlier: readonly RiskMoment[];
  /** When the tested part ends. */
  readonly until: UnixSeconds;
  /** All moments of the tested part. */
  readonly moments: readonly RiskMoment[];
  /** Warnings and misses of the whole tested part. */
  readonly incidents: IncidentReplay;
}

export interface DagRunTestInput {
  readonly tries: ReplayedVectors;
  readonly dagRuns: ReplayedVectors;
  /** DAG runs before they are created, from the split on; their labels do not count. */
  readonly planned: ReplayedVectors;
  /** The same before the split. */
  readonly earlierPlanned: ReplayedVectors;
  /** The first tested decision. */
  readonly splitAt: UnixSeconds;
  readonly seed: number;
  readonly rule: WarningRule;
  readonly replayDays: number;
  readonly run: (job: BacktestJob) => Promise<BacktestResult>;
}

/** Fits on the runs decided before the split, scores those after it. */
export async function testDagRuns(input: DagRunTestInput): Promise<DagRunTest> {
  const { tries, dagRuns, planned, splitAt, seed } = input;
  const from = firstRowAt(dagRuns, splitAt);
  const result = await input.run({
    job: 'backtest',
    predictor: 'network',
    vectors: dagRuns,
    part: { rows: from, knownBefore: splitAt },
    seed,
    others: planned,
    earlierOthers: input.earlierPlanned,
    groups: DAG_RUN_FEATURES.map(aspectOf),
  });
  const index = indexRuns(dagRuns, tries);
  const { runs } = index;
  const rowsFrom = (vectors: ReplayedVectors, first: number): Int32Array =>
    Int32Array.from({ length: vectors.rows - first }, (_, i) => first + i);
  const tested = [
    ...collectMoments(dagRuns, rowsFrom(dagRuns, from), result.probabilities, index),
    ...collectMoments(planned, rowsFrom(planned, 0), result.otherProbabilities, index),
  ];
  const replayInput: ReplayInput = {
    runs,
    earlier: collectMoments(dagRuns, result.earlier.rows, result.earlier.probabilities, index),
    tested,
    from: splitAt,
    until: tested.reduce((latest, { at }) => Math.max(latest, at), splitAt),
    rule: input.rule,
    days: input.replayDays,
  };
  const replay = replayWarnings(replayInput);
  const listed = listedMoments(replay);
  const width = dagRuns.features.length;
  const reasons =
    result.model === null || listed.length === 0
      ? new Map<RiskMoment, readonly string[]>()
      : await explainMoments(result.model, listed, ({ stage, row }) =>
          (stage === 'planned' ? planned : dagRuns).values.subarray(row * width, (row + 1) * width),
        );
  const later = sliceRows(dagRuns, from, dagRuns.rows);
  const columns = stagedColumns(later, result.probabilities);
  const isQueued = (row: number): boolean => columns.stages[row] === STAGE_QUEUED;
  return {
    failure: {
      rows: { train: from, test: dagRuns.rows - from },
      subsets: {
        all: reportPart(columns, isQueued),
        onset: reportPart(columns, (row) => isQueued(row) && later.afterSuccess[row] === 1),
      },
      stages: reportStages([
        columns,
        plannedColumns(planned, result.otherProbabilities, runs, index.numbers),
      ]),
    },
    replay: reportReplay(replayInput, replay, (moment) => reasons.get(moment) ?? []),
    runs,
    earlier: replayInput.earlier,
    until: replayInput.until,
    moments: tested,
    incidents: replay.tested,
  };
}

/** Planned runs with the outcomes that their later rows have; those without one are left out. */
function plannedColumns(
  planned: ReplayedVectors,
  risks: Float64Array,
  runs: readonly TestedRun[],
  numbers: ReadonlyMap<string, number>,
) {
  const columns = stagedColumns(planned, risks);
  const rows = Array.from({ length: planned.rows }, (_, row) => row);
  const outcome = rows.map((row) => runs[numbers.get(runKey(planned.subject(row))) ?? -1]?.failed);
  const isKept = (_: number, row: number): boolean => outcome[row] !== undefined;
  return {
    labels: Uint8Array.from(outcome.filter((failed) => failed !== undefined).map(Number)),
    stages: columns.stages.filter(isKept),
    model: columns.model.filter(isKept),
    historicalRate: columns.historicalRate.filter(isKept),
    lastOutcome: columns.lastOutcome.filter(isKept),
  };
}
