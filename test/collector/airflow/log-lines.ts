import { pino } from 'pino';
import type { Logger } from '../../../core/logger.js';

export interface LogLine {
  readonly level: number;
  readonly msg: string;
  readonly [field: string]: unknown;
}

/** A logger whose lines a test reads. */
export function listeningLogger(): { readonly logger: Logger; readonly lines: LogLine[] } {
  const lines: LogLine[] = [];
  const write = (text: string): void => {
    lines.push(JSON.parse(text) as LogLine);
  };
  return { logger: pino({ level: 'info', base: null }, { write }), lines };
}
