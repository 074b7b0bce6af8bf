/** One scoring of everything there is to score. */
import { AppError } from '../../core/errors.js';
import type { UnixSeconds } from '../../core/facts.js';
import type { FinalFailures, FinalOutlook } from '../../features/final-failures.js';
import { featureIndex } from '../../features/registry.js';
import { isEvidenceThin } from '../../features/suggestions.js';
import type { DagRunSubject, FeatureEngine, TrySubject } from '../../features/types.js';
import type { LoadedModel, SubjectKind } from '../../model/types.js';
import { compareText, type ScoredDag, type TaskRisk } from './board.js';
import { KeptTries } from './kept-tries.js';
import type { ScoreRecorder } from './score-recorder.js';
import type { CurrentDag } from './subjects.js';

/** Rows described and scored before the event loop gets its turn: about 20 ms. */
const BATCH_ROWS = 1024;

/** Lets timers, sockets and the rest of the process go on. */
export function yieldToEventLoop(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

async function scoreRows<S>(
  subjects: readonly S[],
  width: number,
  keep: boolean,
  describe: (subject: S, values: Float32Array, offset: number) => void,
  predict: (values: Float32Array, rows: number) => Promise<Float64Array>,
  onScored?: (index: number, risk: number, values: Float32Array, offset: number) => void,
): Promise<{ risks: Float64Array; values: Float32Array }> {
  const values = new Float32Array((keep ? subjects.length : Math.min(BATCH_ROWS, subjects.length)) * width);
  const risks = new Float64Array(subjects.length);
  for (let from = 0; from < subjects.length; from += BATCH_ROWS) {
    const rows = Math.min(BATCH_ROWS, subjects.length - from);
    const offset = keep ? from * width : 0;
    for (let row = 0; row < rows; row++) describe(subjects[from + row]!, values, offset + row * width);
    risks.set(await predict(values.subarray(offset, offset + rows * width), rows), from);
    for (let row = 0; onScored !== undefined && row < rows; row++)
      onScored(from + row, risks[from + row]!, values, offset + row * width);
    await yieldToEventLoop();
  }
  return { risks, values };
}

/** A model that has learnt from runs alone has nothing to say of tries; those of runs it needs. */
async function unlessUnknown<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof AppError && error.code === 'too_little_history') return null;
    throw error;
  }
}

function indexOfMaximum(values: readonly number[]): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i;
  return best;
}

/** The riskiest try of each task, riskiest task first. */
function taskRisks(
  tries: readonly TrySubject[],
  risks: Float64Array,
  isThin: (index: number) => boolean,
  rowOf: (index: number) => number,
  outlookOf: (subject: TrySubject) => FinalOutlook,
): TaskRisk[] {
  const byTask = new Map<string, { best: number; instances: number }>();
  tries.forEach(({ taskId }, index) => {
    const known = byTask.get(taskId);
    if (known === undefined) byTask.set(taskId, { best: index, instances: 1 });
    else {
      known.instances++;
      if (risks[index]! > risks[known.best]!) known.best = index;
    }
  });
  const tasks = [...byTask.values()].map(({ best, instances }): TaskRisk => {
    const { taskId, stage, runId, mapIndex, tryNumber, operator, pool } = tries[best]!;
    const risk = risks[best]!;
    const { ifFailed, triesLeft } = outlookOf(tries[best]!);
    const finalRisk = risk * ifFailed;
    const row = rowOf(best);
    return {
      taskId,
      risk,
      finalRisk,
      triesLeft,
      isThin: isThin(best),
      stage,
      runId,
      mapIndex,
      tryNumber,
      operator,
      pool,
      instances,
      row,
    };
  });
  return tasks.sort((a, b) => b.risk - a.risk || compareText(a.taskId, b.taskId));
}

export interface Scores {
  /** Riskiest first, then by deployment and DAG id. */
  readonly dags: readonly ScoredDag[];
  /** Vectors of the scored DAG runs, row-major; {@link ScoredDag.row} is a row of it. */
  readonly runVectors: Float32Array;
  /** Vectors of the riskiest tries of each DAG, row-major; {@link TaskRisk.row} is a row of it. */
  readonly tryVectors: Float32Array;
  readonly subjects: number;
}

/** What is folded from the facts that scores are made of. */
export interface ScoredState {
  readonly engine: FeatureEngine;
  readonly finals: Pick<FinalFailures, 'outlook'>;
}

/** Describes and scores every subject, and shows each score to the recorder. The state must not observe anything meanwhile. */
export async function scoreDags(
  current: readonly CurrentDag[],
  { engine, finals }: ScoredState,
  model: Pick<LoadedModel, 'predict'>,
  now: UnixSeconds,
  recorder?: Pick<ScoreRecorder, 'record'>,
): Promise<Scores> {
  const predict = (kind: SubjectKind) => (values: Float32Array, rows: number) =>
    model.predict(kind, values, rows);
  const runs = current.flatMap((dag) => dag.runs);
  const tries = current.flatMap((dag) => dag.tries);
  const ofRuns = await scoreRows<DagRunSubject>(
    runs,
    engine.dagRunFeatures.length,
    true,
    (subject, values, offset) => {
      engine.dagRunVector(subject, now, values, offset);
    },
    predict('dag_run'),
    (index, risk, values, offset) => {
      recorder?.record(runs[index]!, risk, values, offset);
    },
  );
  const kept = new KeptTries(
    current.map((dag) => dag.tries.length),
    engine.tryFeatures.length,
  );
  const dagOfTry = current.flatMap((dag, number) => dag.tries.map(() => number));
  const thinTries = new Uint8Array(tries.length);
  const ofTries = await unlessUnknown(
    scoreRows<TrySubject>(
      tries,
      engine.tryFeatures.length,
      false,
      (subject, values, offset) => {
        engine.tryVector(subject, now, values, offset);
      },
      predict('try'),
      (index, risk, values, offset) => {
        const { taskId, runId } = tries[index]!;
        const vector = values.subarray(offset, offset + engine.tryFeatures.length);
        if (isEvidenceThin(engine.tryFeatures, vector)) thinTries[index] = 1;
        kept.offer(dagOfTry[index]!, { index, taskId, risk, isUnderWay: runId !== null }, values, offset);
        recorder?.record(tries[index]!, risk, values, offset);
      },
    ),
  );
  const width = engine.dagRunFeatures.length;
  const usualColumn = featureIndex(engine.dagRunFeatures, 'dag_run__duration__usual');
  let firstRun = 0;
  let firstTry = 0;
  const dags = current.map(({ tries: ofDag, ...dag }, number): ScoredDag => {
    const runRisks = Array.from(ofRuns.risks.subarray(firstRun, firstRun + dag.runs.length));
    const best = indexOfMaximum(runRisks);
    const tryOffset = firstTry;
    const tryRisks = ofTries?.risks.subarray(firstTry, firstTry + ofDag.length);
    const tasks =
      tryRisks === undefined
        ? []
        : taskRisks(
            ofDag,
            tryRisks,
            (index) => thinTries[tryOffset + index] === 1,
            (index) => kept.rowOf(number, tryOffset + index),
            (subject) => finals.outlook(subject, now),
          );
    const row = firstRun + best;
    const vector = ofRuns.values.subarray(row * width, (row + 1) * width);
    const usual = Math.expm1(vector[usualColumn]!);
    firstRun += dag.runs.length;
    firstTry += ofDag.length;
    return {
      dag,
      risk: runRisks[best]!,
      isThin: isEvidenceThin(engine.dagRunFeatures, vector),
      usualDurationSeconds: Number.isNaN(usual) ? null : usual,
      run: dag.runs[best]!,
      runRisks,
      tasks,
      row,
    };
  });
  dags.sort(
    (a, b) =>
      b.risk - a.risk ||
      compareText(a.dag.deployment, b.dag.deployment) ||
      compareText(a.dag.dagId, b.dag.dagId),
  );
  return {
    dags,
    runVectors: ofRuns.values,
    tryVectors: kept.vectors,
    subjects: runs.length + (ofTries === null ? 0 : tries.length),
  };
}
