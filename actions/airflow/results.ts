/** How a conversation about an action ended: values, as most of them are to be expected. */
import { AirflowError } from '../../collector/airflow/index.js';
import { AppError, errorMessage } from '../../core/errors.js';

/** Why Airflow was left as it is. */
export type CallRefusal =
  /** The DAG, run or pool is not there (any more). */
  | 'not_found'
  /** It is no longer what the decision was made about. */
  | 'changed'
  /** It is already as it should become. */
  | 'already_so'
  /** The DAG is paused, so that nothing would run. */
  | 'paused'
  /** The dry run would touch something else than what was expected. */
  | 'dry_run_differs'
  /** More than an automaton should touch at once, or than a field holds. */
  | 'too_much'
  /** The user of ORC may not do this. */
  | 'forbidden'
  /** Airflow says that what was asked for is not valid. */
  | 'rejected'
  /** Airflow could not be reached, so nothing was asked of it. */
  | 'unreachable'
  /** Airflow failed, and has done nothing. */
  | 'airflow_failed';

export interface Refused {
  readonly outcome: 'refused';
  readonly reason: CallRefusal;
  readonly message: string;
}

/** It cannot be told yet whether Airflow has done it. */
export interface Unknown {
  readonly outcome: 'unknown';
  readonly message: string;
}

/** `after` is what was read afterwards. */
export interface Done {
  readonly outcome: 'done';
  readonly after: unknown;
}

export type CallResult = Done | Refused | Unknown;

export const refused = (reason: CallRefusal, message: string): Refused => ({
  outcome: 'refused',
  reason,
  message,
});

/** What an error of a reading means: nothing was changed. Errors that are not about Airflow are thrown. */
export function refusalOfReading(error: unknown): Refused {
  if (!(error instanceof AirflowError)) throw error;
  if (error.kind === 'not_found') return refused('not_found', error.message);
  if (error.kind === 'unauthorized') return refused('forbidden', error.message);
  return refused(error.retryable ? 'unreachable' : 'rejected', error.message);
}

/**
 * What an error of a change means. Airflow answers 4xx before it does anything; after 5xx, a time-out or a broken connection only a
 * reading tells.
 */
export function resultOfChange(error: unknown): Refused | Unknown {
  if (error instanceof AppError && error.code === 'cancelled')
    return { outcome: 'unknown', message: errorMessage(error) };
  if (!(error instanceof AirflowError)) throw error;
  const { status, message } = error;
  if (status === 401 || status === 403) return refused('forbidden', `${message} ${FORBIDDEN}`);
  if (error.kind === 'unauthorized') return refused('forbidden', message);
  if (status === 404) return refused('not_found', message);
  if (status !== null && status >= 400 && status < 500 && status !== 408) return refused('rejected', message);
  return { outcome: 'unknown', message };
}

const FORBIDDEN = '(docs/actions.md says which rights are needed)';
