import { readFailures, type ExplainedFailure } from '../../core/fact-log/read-failures.js';
import type { Database } from '../../core/database/port.js';
import { errorMessage } from '../../core/errors.js';
import type { Logger } from '../../core/logger.js';
import type { DagRisk, ScoreBoard } from '../live/board.js';

/** Failures of a DAG that its page and the API tell, newest first. */
export const SHOWN_FAILURES = 10;

export type FailureSource = (board: ScoreBoard, risk: DagRisk) => Promise<readonly ExplainedFailure[]>;

/** Explained failures up to the moment of the scores; none rather than an error when the store is away, since the risks stand without. */
export function createFailureSource(database: Database, logger: Logger): FailureSource {
  return async (board, { dag }) => {
    try {
      return await readFailures(database, dag, board.asOf, SHOWN_FAILURES);
    } catch (error) {
      logger.error({ err: errorMessage(error) }, 'reading the reasons of failures failed');
      return [];
    }
  };
}
