import { AppError, type AppErrorOptions, type ErrorCode } from '../../../core/errors.js';

/** What went wrong with a request, finer than {@link ErrorCode}: errors are counted by it. */
export type AirflowErrorKind =
  | 'unreachable'
  | 'timeout'
  | 'server_error'
  | 'unauthorized'
  | 'unsupported'
  | 'not_found'
  | 'bad_answer'
  | 'too_large';

const CODES: Readonly<Record<AirflowErrorKind, ErrorCode>> = {
  unreachable: 'airflow_unreachable',
  timeout: 'airflow_unreachable',
  server_error: 'airflow_unreachable',
  unauthorized: 'airflow_unauthorized',
  unsupported: 'airflow_unsupported',
  not_found: 'airflow_bad_answer',
  bad_answer: 'airflow_bad_answer',
  too_large: 'airflow_bad_answer',
};

const RETRYABLE: ReadonlySet<AirflowErrorKind> = new Set(['unreachable', 'timeout', 'server_error']);

export interface AirflowErrorOptions extends AppErrorOptions {
  /** How long the server asked to be left alone. */
  readonly retryAfterSeconds?: number | null;
  /** True when the login was accepted, and its user may not do this. */
  readonly isForbidden?: boolean;
  /** HTTP status of the answer; absent where none came. */
  readonly status?: number | null;
}

/** A failed conversation with Airflow. Messages hold addresses without credentials, and never a secret. */
export class AirflowError extends AppError {
  readonly kind: AirflowErrorKind;
  readonly retryAfterSeconds: number | null;
  readonly isForbidden: boolean;
  /** HTTP status of the answer; null where none came. */
  readonly status: number | null;

  constructor(kind: AirflowErrorKind, message: string, options: AirflowErrorOptions = {}) {
    super(CODES[kind], message, { retryable: RETRYABLE.has(kind), ...options });
    this.name = 'AirflowError';
    this.kind = kind;
    this.retryAfterSeconds = options.retryAfterSeconds ?? null;
    this.isForbidden = options.isForbidden ?? false;
    this.status = options.status ?? null;
  }
}

/** True for an `AirflowError` of one of these kinds. */
export function isAirflowError(error: unknown, ...kinds: AirflowErrorKind[]): error is AirflowError {
  return error instanceof AirflowError && kinds.includes(error.kind);
}

/** The result of `work`, or null when Airflow says that what is asked for does not exist. */
export async function orNull<T>(work: () => Promise<T>): Promise<T | null> {
  try {
    return await work();
  } catch (error) {
    if (isAirflowError(error, 'not_found')) return null;
    throw error;
  }
}

/** The error of work that its owner stopped. */
export function cancelled(): AppError {
  return new AppError('cancelled', 'stopped before it was done', { retryable: true });
}
