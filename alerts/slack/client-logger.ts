import { LogLevel } from '@slack/web-api';
import type { Logger } from '../../core/logger.js';

/** Slack's clients tell of every request; only what they warn of is worth a line, and never a body. */
export function slackClientLogger(logger: Logger) {
  const ignore = (): void => undefined;
  return {
    debug: ignore,
    info: ignore,
    warn: (...message: unknown[]): void => {
      logger.debug({ said: message.map(String) }, 'Slack client');
    },
    error: (...message: unknown[]): void => {
      logger.debug({ said: message.map(String) }, 'Slack client');
    },
    setLevel: ignore,
    getLevel: () => LogLevel.WARN,
    setName: ignore,
  };
}
