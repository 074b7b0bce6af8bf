import { AppError, errorMessage } from '../../../core/errors.js';
import { errorCode } from '../../../core/database/connection-errors.js';
import { AirflowError, type AirflowErrorKind } from '../http/airflow-error.js';

/** What a SQLSTATE means for the collection. */
const KINDS: Readonly<Record<string, AirflowErrorKind>> = {
  // statement_timeout
  '57014': 'timeout',
  // lock_timeout
  '55P03': 'timeout',
  // A replica gave up a query that stood in the way of replay, or a snapshot could not be had.
  '40001': 'server_error',
  '42501': 'unauthorized',
  // A table or column that is gone since the schema was looked at: Airflow was upgraded.
  '42P01': 'unsupported',
  '42703': 'unsupported',
};

/** What went wrong with a question to the metadata database, in the terms of the collector. */
export function metadataError(error: unknown, address: string): unknown {
  if (error instanceof AirflowError) return error;
  if (error instanceof AppError) {
    if (error.code !== 'database_unavailable') return error;
    const isRefused = errorCode(error.cause)?.startsWith('28') === true;
    return new AirflowError(isRefused ? 'unauthorized' : 'unreachable', error.message, {
      cause: error,
      retryable: error.retryable,
      ...(error.fix === undefined ? {} : { fix: error.fix }),
    });
  }
  const kind = KINDS[errorCode(error) ?? ''];
  if (kind === undefined) return error;
  return new AirflowError(kind, `the metadata database at ${address}: ${errorMessage(error)}`, {
    cause: error,
    isForbidden: kind === 'unauthorized',
  });
}
