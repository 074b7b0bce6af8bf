import type { DagRisk, ScoreBoard, ScorerStatus, ScoreSource } from '../live/board.js';
import { HttpError } from './errors.js';

/** Why there are no scores. Anybody may read it, so the error itself stays in the log. */
export function whyNotReady({ detail, lastError }: ScorerStatus): string {
  return lastError === null ? detail : `${detail} The last attempt failed; the log says why.`;
}

/** The scores, or 503 with what is missing. */
export function requireBoard(scorer: ScoreSource): ScoreBoard {
  const board = scorer.board();
  if (board === null) {
    throw new HttpError(503, 'not_ready', whyNotReady(scorer.status()), { 'Retry-After': '5' });
  }
  return board;
}

/** The one active DAG of this id; 404 when there is none, 400 when its deployment must be named. */
export function findDag(board: ScoreBoard, dagId: string, deployment: string | undefined): DagRisk {
  const matches = board.dags.filter(
    ({ dag }) => dag.dagId === dagId && (deployment === undefined || dag.deployment === deployment),
  );
  if (matches.length > 1) {
    const names = matches.map(({ dag }) => dag.deployment).join(', ');
    throw new HttpError(
      400,
      'deployment_required',
      `Several deployments have a DAG ${JSON.stringify(dagId)}: name one with ?deployment=, of ${names}.`,
    );
  }
  const match = matches[0];
  if (match === undefined) {
    const where = deployment === undefined ? '' : ` in deployment ${JSON.stringify(deployment)}`;
    throw new HttpError(404, 'not_found', `No active DAG ${JSON.stringify(dagId)} is known${where}.`);
  }
  return match;
}
