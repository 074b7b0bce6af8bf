import { pino, destination, stdSerializers, type Logger as PinoLogger } from 'pino';

export type Logger = PinoLogger;
export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** JSON lines on standard error; standard output belongs to a command's result. Secrets by these names are never written. */
export function createLogger(level: LogLevel): Logger {
  return pino(
    {
      level,
      base: null,
      serializers: { err: describeError },
      redact: {
        paths: [
          'password',
          'token',
          'signing_secret',
          'app_token',
          '*.password',
          '*.token',
          '*.signing_secret',
          '*.app_token',
          'headers.authorization',
        ],
        censor: '[hidden]',
      },
    },
    destination({ dest: 2, sync: true }),
  );
}

/** What an error says in words and numbers; objects that it carries (a driver's whole client) stay out of the log. */
export function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  return Object.fromEntries(
    Object.entries(stdSerializers.err(error)).filter(
      ([, value]) => typeof value !== 'object' && typeof value !== 'function',
    ),
  );
}

export function silentLogger(): Logger {
  return pino({ level: 'silent' });
}
