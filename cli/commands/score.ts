import type { Command } from 'commander';
import { AppError } from '../../core/errors.js';

import { createScorer, evidenceOf, type DagRisk, type ScoreBoard } from '../../serving/index.js';
import { addCommand, formatTable, numberIn } from '../command.js';
import { createContext, withDatabase, type CommonOptions } from '../context.js';
import { modelSource } from '../model-source.js';

/** `orc score`: one scoring pass, the riskiest DAGs first. */
export function addScore(program: Command): void {
  addCommand(program, 'score', 'score the current and next runs once', 'orc score --limit 10')
    .option('--limit <n>', 'at most this many DAGs', numberIn(1, 100_000, true), 20)
    .action(async (options: CommonOptions & { limit: number }) => {
      const { context, finish } = createContext(options);
      try {
        const board = await withDatabase(context, async (database) => {
          const scorer = createScorer({
            database,
            models: modelSource(database),
            clock: context.clock,
            intervalSeconds: context.config.scoring.interval_seconds,
            deadlines: context.config.deadlines,
            logger: context.logger,
            onProgress: context.progress,
          });
          try {
            await scorer.refresh();
            const scored = scorer.board();
            if (scored === null) throw new AppError('too_little_history', scorer.status().detail);
            return scored;
          } finally {
            await scorer.stop();
          }
        });
        const dags = board.dags.slice(0, options.limit);
        context.print(toJson(board, dags), () => formatDags(dags));
      } finally {
        finish();
      }
    });
}

function toJson(board: ScoreBoard, dags: readonly DagRisk[]) {
  return {
    as_of: new Date(board.asOf * 1000).toISOString(),
    model_version: board.model.version,
    dags: dags.map((scored) => ({
      deployment: scored.dag.deployment,
      dag_id: scored.dag.dagId,
      risk: scored.risk,
      evidence: evidenceOf(scored),
      stage: scored.run.stage,
      run_id: scored.run.runId,
      tasks: scored.tasks.map((task) => ({
        task_id: task.taskId,
        risk: task.risk,
        evidence: evidenceOf(task),
        stage: task.stage,
      })),
    })),
  };
}

function formatDags(dags: readonly DagRisk[]): string {
  if (dags.length === 0) return 'No active DAG to score.';
  return formatTable(
    ['risk', 'evidence', 'DAG', 'stage', 'riskiest task'],
    dags.map((scored) => [
      `${(scored.risk * 100).toFixed(1)} %`,
      evidenceOf(scored),
      scored.dag.dagId,
      scored.run.stage,
      scored.tasks[0]?.taskId ?? '-',
    ]),
  );
}
