/** From the score board to the JSON of the API. Pure. */
import type { ExplainedFailure } from '../../core/fact-log/read-failures.js';
import type { UnixSeconds } from '../../core/facts.js';
import {
  activeRuns,
  evidenceOf,
  riskiestTask,
  type DagExplanation,
  type DagRisk,
  type ScoreBoard,
  type SubjectExplanation,
} from '../live/board.js';
import type { PoolRisk } from '../../model/intervals/pool-fold.js';
import type { RunTiming } from '../../model/intervals/timing-fold.js';
import type { DagDetailJson, DagRiskJson, RisksJson } from './schemas.js';

export function isoTime(seconds: UnixSeconds): string {
  return new Date(seconds * 1000).toISOString();
}

function isoOrNull(seconds: UnixSeconds | null): string | null {
  return seconds === null ? null : isoTime(seconds);
}

function explainedFields(explained: SubjectExplanation | undefined) {
  return {
    usual_risk: explained?.explanation.usualRisk ?? null,
    reasons: (explained?.reasons ?? []).map(({ group, text, logOdds }) => ({
      group,
      text,
      log_odds: logOdds,
    })),
    suggestion: explained?.suggestion ?? null,
  };
}

function timingFields(timing: RunTiming | null | undefined) {
  if (timing === null || timing === undefined) return { late_risk: null, deadline: null, expected_end: null };
  const { lateRisk, deadline, endQuantiles } = timing;
  const [low, median, high] = endQuantiles;
  return {
    late_risk: lateRisk,
    deadline: deadline === null ? null : { at: isoTime(deadline.at), source: deadline.source },
    expected_end: { low: isoTime(low), median: isoTime(median), high: isoTime(high) },
  };
}

export function presentPool({
  deployment,
  pool,
  slots,
  occupiedSlots,
  risk,
}: PoolRisk): RisksJson['pools'][0] {
  return { deployment, pool, slots, occupied_slots: occupiedSlots, risk };
}

function dagFields(risk: DagRisk, explained: DagExplanation | undefined) {
  const { dag, run } = risk;
  return {
    deployment: dag.deployment,
    dag_id: dag.dagId,
    risk: risk.risk,
    stage: run.stage,
    run_id: run.runId,
    run_type: run.runType,
    due_at: isoOrNull(run.runAfter),
    queued_at: isoOrNull(run.queuedAt),
    started_at: isoOrNull(run.startedAt),
    active_runs: activeRuns(risk),
    last_run_failed: dag.outcomes.at(-1)?.failed ?? null,
    evidence: evidenceOf(risk),
    ...explainedFields(explained),
    ...timingFields(risk.timing),
  };
}

export function presentScores(board: ScoreBoard) {
  return {
    refreshed_at: isoTime(board.refreshedAt),
    as_of: isoTime(board.asOf),
    model_version: board.model.version,
  };
}

export function presentDagRisk(risk: DagRisk, explained: DagExplanation | undefined): DagRiskJson {
  const task = riskiestTask(risk);
  return {
    ...dagFields(risk, explained),
    riskiest_task:
      task === undefined
        ? null
        : {
            task_id: task.taskId,
            risk: task.risk,
            final_risk: task.finalRisk,
            stage: task.stage,
            evidence: evidenceOf(task),
            ...explainedFields(explained?.tasks.get(task)),
          },
  };
}

export function presentDagDetail(
  board: ScoreBoard,
  risk: DagRisk,
  explained: DagExplanation | undefined,
  failures: readonly ExplainedFailure[],
): DagDetailJson {
  const { dag } = risk;
  return {
    ...presentScores(board),
    ...dagFields(risk, explained),
    task_count: dag.taskCount,
    schedule: dag.schedule,
    owners: [...dag.owners],
    tags: [...dag.tags],
    usual_interval_seconds: dag.usualIntervalSeconds,
    usual_duration_seconds: risk.usualDurationSeconds,
    next_due_at: isoOrNull(dag.nextDueAt),
    tasks: risk.tasks.map((task) => ({
      task_id: task.taskId,
      risk: task.risk,
      final_risk: task.finalRisk,
      tries_left: task.triesLeft,
      stage: task.stage,
      run_id: task.runId,
      map_index: task.mapIndex,
      try_number: task.tryNumber,
      operator: task.operator,
      pool: task.pool,
      instances: task.instances,
      evidence: evidenceOf(task),
      ...explainedFields(explained?.tasks.get(task)),
    })),
    current_runs: dag.runs.flatMap((run, index) =>
      run.runId === null
        ? []
        : [
            {
              run_id: run.runId,
              run_type: run.runType,
              stage: run.stage,
              risk: risk.runRisks[index]!,
              due_at: isoOrNull(run.runAfter),
              queued_at: isoOrNull(run.queuedAt),
              started_at: isoOrNull(run.startedAt),
              done_tasks: dag.progress[index]?.doneTasks ?? 0,
              failed_tasks: [...(dag.progress[index]?.failedTasks ?? [])],
              ...timingFields(risk.runTimings[index]),
            },
          ],
    ),
    last_failures: failures.map((failure) => ({
      run_id: failure.runId,
      task_id: failure.taskId,
      map_index: failure.mapIndex,
      try_number: failure.tryNumber,
      class: failure.failureClass,
      rule: failure.rule,
      evidence: failure.evidence,
      unread: failure.unread,
      ended_at: isoTime(failure.endedAt),
    })),
    last_runs: dag.outcomes.map((outcome) => ({
      run_id: outcome.runId,
      run_type: outcome.runType,
      state: outcome.failed ? 'failed' : 'success',
      due_at: isoOrNull(outcome.dueAt),
      started_at: isoOrNull(outcome.startedAt),
      ended_at: isoOrNull(outcome.endedAt),
    })),
  };
}
