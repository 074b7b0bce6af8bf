/** /api/v1: risks as JSON. */
import { Router } from 'express';
import type { Logger } from '../../core/logger.js';
import type { DagExplanation, DagRisk, ScoreBoard, ScoreSource } from '../live/board.js';
import { errorMessage } from '../../core/errors.js';
import { HttpError, onlyMethods } from './errors.js';
import type { FailureSource } from './failures.js';
import { findDag, requireBoard } from './find-dag.js';
import { openApiDocument } from './openapi.js';
import { parseQuery } from './parse-query.js';
import { presentDagDetail, presentDagRisk, presentPool, presentScores } from './present.js';
import { dagQuerySchema, risksQuerySchema, type DagDetailJson, type RisksJson } from './schemas.js';

/** DAGs of one answer whose usual risk and reasons are worked out. */
export const EXPLAINED_DAGS = 25;

/** Explanations; none rather than an error when they fail, since the risks stand without them. */
export async function explainSafely(
  scorer: ScoreSource,
  logger: Logger,
  board: ScoreBoard,
  dags: readonly DagRisk[],
): Promise<ReadonlyMap<DagRisk, DagExplanation>> {
  try {
    return await scorer.explain(board, dags);
  } catch (error) {
    logger.error({ err: errorMessage(error) }, 'explaining risks failed');
    return new Map();
  }
}

export function createApi(
  scorer: ScoreSource,
  failures: FailureSource,
  logger: Logger,
  version: string,
): Router {
  const router = Router({ strict: true, caseSensitive: true });
  const openApi = openApiDocument(version);
  router.use(onlyMethods('GET', 'HEAD'));

  router.get('/openapi.json', (_request, response) => {
    response.json(openApi);
  });

  router.get('/risks', async (request, response) => {
    const query = parseQuery(risksQuerySchema, request);
    const board = requireBoard(scorer);
    const matches = board.dags.filter(
      ({ dag, risk }) =>
        risk >= query.min_risk &&
        (query.deployment === undefined || dag.deployment === query.deployment) &&
        (query.dag_id === undefined || dag.dagId === query.dag_id),
    );
    const shown = matches.slice(0, query.limit);
    const explained = await explainSafely(scorer, logger, board, shown.slice(0, EXPLAINED_DAGS));
    response.json({
      ...presentScores(board),
      total: matches.length,
      dags: shown.map((risk) => presentDagRisk(risk, explained.get(risk))),
      pools: board.pools
        .filter(({ deployment }) => query.deployment === undefined || deployment === query.deployment)
        .map(presentPool),
    } satisfies RisksJson);
  });

  router.get('/dags/:dagId', async (request, response) => {
    const query = parseQuery(dagQuerySchema, request);
    const board = requireBoard(scorer);
    const risk = findDag(board, request.params.dagId, query.deployment);
    const explained = await explainSafely(scorer, logger, board, [risk]);
    const last = await failures(board, risk);
    response.json(presentDagDetail(board, risk, explained.get(risk), last) satisfies DagDetailJson);
  });

  router.use((request) => {
    throw new HttpError(
      404,
      'not_found',
      `${request.baseUrl}${request.path} does not exist; see /api/v1/openapi.json.`,
    );
  });
  return router;
}
