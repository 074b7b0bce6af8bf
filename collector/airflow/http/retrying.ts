import type { Logger } from '../../../core/logger.js';
import { AirflowError } from './airflow-error.js';
import { backoffSeconds } from './backoff.js';
import type { Sleep } from './sleep.js';

export interface RetryOptions {
  readonly signal?: AbortSignal | undefined;
  /** True: a time-out is thrown at once, for callers that ask for less next. */
  readonly isTimeoutFinal?: boolean;
  /** True: a failure is thrown at once, for a first contact that should answer quickly. */
  readonly isSingleAttempt?: boolean;
}

export interface RetryingOptions {
  readonly logger: Logger;
  /** How long one request is tried again, its attempts included. */
  readonly retryForSeconds: number;
  readonly wait: Sleep;
  /** Uniform in [0, 1). */
  readonly chance: () => number;
}

/** Tries requests again with growing waits while the server is away or overloaded. */
export interface Retrying {
  run<T>(options: RetryOptions, attempt: () => Promise<T>): Promise<T>;
  /** How often something was tried again. */
  count(): number;
}

export function createRetrying(settings: RetryingOptions): Retrying {
  let retries = 0;
  return {
    count: () => retries,
    async run(options, attempt) {
      let waited = 0;
      for (let attempts = 1; ; attempts++) {
        const attemptStartedAt = performance.now();
        try {
          return await attempt();
        } catch (error) {
          if (!(error instanceof AirflowError) || !error.retryable || options.isSingleAttempt === true)
            throw error;
          if (error.kind === 'timeout' && options.isTimeoutFinal === true) throw error;
          waited += (performance.now() - attemptStartedAt) / 1000;
          const seconds = backoffSeconds(attempts, settings.chance(), error.retryAfterSeconds);
          if (waited + seconds > settings.retryForSeconds) throw error;
          settings.logger.warn(
            { err: error, attempt: attempts, wait_seconds: seconds },
            'request to Airflow failed, trying again',
          );
          retries++;
          waited += seconds;
          await settings.wait(seconds, options.signal);
        }
      }
    },
  };
}
