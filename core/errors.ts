/** Machine-readable kinds of failure; the CLI maps them to exit codes, the HTTP edge to status codes. */
export type ErrorCode =
  | 'usage'
  | 'config_invalid'
  | 'input_invalid'
  | 'not_found'
  | 'conflict'
  | 'unauthorized'
  | 'database_unavailable'
  | 'airflow_unreachable'
  | 'airflow_unauthorized'
  | 'airflow_unsupported'
  | 'airflow_bad_answer'
  | 'grafana_unreachable'
  | 'grafana_bad_answer'
  | 'too_little_history'
  | 'cancelled'
  | 'internal';

export interface AppErrorOptions {
  /** True when the same call may succeed later without any change by a person. */
  readonly retryable?: boolean;
  readonly cause?: unknown;
  /** What to do about it, in one sentence. */
  readonly fix?: string;
}

/** An expected failure. The message names the value, the place and what is accepted. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly retryable: boolean;
  readonly fix: string | undefined;

  constructor(code: ErrorCode, message: string, options: AppErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'AppError';
    this.code = code;
    this.retryable = options.retryable ?? false;
    this.fix = options.fix;
  }
}

/** The message of anything thrown. */
export function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
