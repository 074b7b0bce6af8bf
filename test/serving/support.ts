/** Boards and score sources made by hand, for tests of what reads them. */
import type { Deadline } from '../../model/intervals/deadlines.js';
import type { RunTiming } from '../../model/intervals/timing-fold.js';
import type { DagRunSubject, Stage } from '../../features/types.js';
import { frequency } from '../../features/words.js';
import {
  riskiestTask,
  type DagExplanation,
  type DagRisk,
  type ScoreBoard,
  type ScorerStatus,
  type ScoreSource,
  type SubjectExplanation,
  type TaskRisk,
} from '../../serving/live/board.js';
import type { RunOutcome } from '../../serving/live/dag-state.js';

/** 2026-11-23T12:00:00Z */
export const NOW = 1_795_435_200;

export interface DagSketch {
  readonly dagId: string;
  readonly deployment?: string;
  readonly risk: number;
  readonly stage?: Stage;
  /** Seconds after (planned) or before (active) now. */
  readonly offset?: number;
  /** Outcomes as letters, oldest first: `s` success, `f` failed, `h` failed before ORC watched. */
  readonly outcomes?: string;
  readonly tasks?: Readonly<Record<string, number>>;
  readonly usual?: number;
  readonly reasons?: readonly (readonly [text: string, logOdds: number])[];
  /** Reasons of the riskiest task. */
  readonly taskReasons?: readonly (readonly [text: string, logOdds: number])[];
  /** For the riskiest task. */
  readonly suggestion?: string;
  readonly isThin?: boolean;
  readonly tags?: readonly string[];
  readonly failedTasks?: readonly string[];
  /** Seconds after now: the end time at 0.1, 0.5 and 0.9. */
  readonly ends?: readonly [number, number, number];
  readonly late?: number;
  /** Seconds after now. */
  readonly deadline?: readonly [number, Deadline['source']];
  readonly codeChangedAt?: number;
}

function timingOf({ ends, late, deadline }: DagSketch, runId: string | null): RunTiming | null {
  if (ends === undefined) return null;
  return {
    runId,
    endQuantiles: [NOW + ends[0], NOW + ends[1], NOW + ends[2]],
    deadline: deadline === undefined ? null : { at: NOW + deadline[0], source: deadline[1] },
    lateRisk: late ?? null,
    evidenceRuns: 32,
  };
}

function outcomesOf(letters: string): RunOutcome[] {
  return Array.from(letters, (letter) => letter).map((letter, index) => {
    const endedAt = NOW - (letters.length - index) * 3600;
    return {
      runId: `scheduled__${new Date((endedAt - 300) * 1000).toISOString()}`,
      runType: 'scheduled',
      failed: letter !== 's',
      dueAt: endedAt - 300,
      startedAt: endedAt - 290,
      endedAt,
      retries: letter === 's' ? 0 : 2,
      isFromHistory: letter === 'h',
    };
  });
}

function taskOf(taskId: string, risk: number, stage: Stage, runId: string | null): TaskRisk {
  return {
    taskId,
    risk,
    finalRisk: risk / 2,
    triesLeft: 1,
    isThin: false,
    stage,
    runId,
    mapIndex: -1,
    tryNumber: 1,
    operator: 'PythonOperator',
    pool: 'default_pool',
    instances: 1,
    row: -1,
  };
}

export function sketchDag(sketch: DagSketch, row: number): DagRisk {
  const { dagId, deployment = 'production', risk, stage = 'planned', offset = 1800 } = sketch;
  const isPlanned = stage === 'planned';
  const run: DagRunSubject = {
    kind: 'dag_run',
    stage,
    deployment,
    dagId,
    runId: isPlanned ? null : `scheduled__current_${dagId}`,
    runType: 'scheduled',
    runAfter: isPlanned ? NOW + offset : NOW - offset - 5,
    queuedAt: isPlanned ? null : NOW - offset - 3,
    startedAt: stage === 'running' || stage === 'retrying' ? NOW - offset : null,
  };
  const timing = timingOf(sketch, run.runId);
  return {
    dag: {
      deployment,
      dagId,
      schedule: '0 * * * *',
      owners: ['data-platform'],
      tags: sketch.tags ?? [],
      usualIntervalSeconds: 3600,
      nextDueAt: NOW + 1800,
      outcomes: outcomesOf(sketch.outcomes ?? 'ssss'),
      runs: [run],
      progress: isPlanned ? [] : [{ doneTasks: 1, failedTasks: sketch.failedTasks ?? [] }],
      taskCount: Object.keys(sketch.tasks ?? {}).length,
      codeChangedAt: sketch.codeChangedAt ?? null,
    },
    risk,
    isThin: sketch.isThin ?? false,
    usualDurationSeconds: 290,
    run,
    runRisks: [risk],
    tasks: Object.entries(sketch.tasks ?? {}).map(([id, taskRisk]) => taskOf(id, taskRisk, stage, run.runId)),
    row,
    timing,
    runTimings: [timing],
  };
}

export function sketchBoard(sketches: readonly DagSketch[], overrides: Partial<ScoreBoard> = {}): ScoreBoard {
  const dags = sketches.map(sketchDag);
  return {
    refreshedAt: NOW,
    asOf: NOW,
    model: { version: '2026-11-23T0900Z-3fa9c1', trainedAt: NOW - 10_800 },
    dags,
    pools: [],
    subjects: dags.length,
    forgottenDags: 0,
    knownDags: new Map(
      [...new Set(['production', ...dags.map(({ dag }) => dag.deployment)])].map((name) => [name, 1]),
    ),
    refreshMs: 1,
    ...overrides,
  };
}

function explainSketch(
  risk: number,
  usual: number | undefined,
  sketched: readonly (readonly [text: string, logOdds: number])[],
): SubjectExplanation {
  const reasons = sketched.map(([text, logOdds]) => ({
    group: 'group',
    text,
    logOdds,
    isTelling: true,
  }));
  return {
    explanation: { risk, usualRisk: usual ?? risk, contributions: reasons },
    reasons,
    usual: {
      group: 'usual',
      rate: 'At risk on any day',
      kind: null,
      text: `At risk on any day: it fails ${frequency(usual ?? risk)}`,
      logOdds: 0,
      isTelling: true,
    },
    suggestion: null,
  };
}

/** Explains every DAG by what its sketch says. */
export function sketchSource(
  sketches: readonly DagSketch[] | null,
  status: Partial<ScorerStatus> = {},
  overrides: Partial<ScoreBoard> = {},
): ScoreSource {
  const board = sketches === null ? null : sketchBoard(sketches, overrides);
  return {
    board: () => board,
    status: () => ({
      state: board === null ? 'starting' : 'scored',
      detail: 'Reading the history',
      lastError: null,
      ...status,
    }),
    explain(_board, dags) {
      const explained = new Map<DagRisk, DagExplanation>();
      for (const dag of dags) {
        const sketch = sketches?.find(({ dagId }) => dagId === dag.dag.dagId);
        const task = riskiestTask(dag);
        const { usual, suggestion } = sketch ?? {};
        const ofTask = explainSketch(task?.risk ?? 0, undefined, sketch?.taskReasons ?? []);
        explained.set(dag, {
          ...explainSketch(dag.risk, usual, sketch?.reasons ?? []),
          tasks: new Map(
            task === undefined
              ? []
              : [
                  [
                    task,
                    {
                      ...ofTask,
                      suggestion: suggestion === undefined ? null : { rule: 'rule', text: suggestion },
                    },
                  ],
                ],
          ),
        });
      }
      return Promise.resolve(explained);
    },
  };
}
