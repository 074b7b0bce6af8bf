import { z } from 'zod';

/** The end of a log that is looked at, in characters; an exception stands within the last few thousand. */
const LONGEST_LOG = 256 * 1024;
const LONGEST_LINE = 2000;
const MOST_LINES = 50;

const exception = z.object({ exc_type: z.string(), exc_value: z.string().nullish() });
/** A line of Airflow 3 (structlog). Fields of another type count as absent: tasks log what they like. */
const jsonLine = z.object({
  level: z.string().optional().catch(undefined),
  event: z.string().optional().catch(undefined),
  logger: z.string().optional().catch(undefined),
  error_detail: z.array(exception).optional().catch(undefined),
});
/** `[2026-11-24T01:17:11.678+0000] {taskinstance.py:3313} ERROR - message`, as Airflow 2 writes unless configured otherwise. */
const TEXT_HEAD = /^\[\d{4}-\d\d-\d\d[T ][\d:.,+-]{8,24}Z?\] \{([^}]{1,200})\} ([A-Z]{4,8}) - (.*)$/;
/** The line of a traceback that names the exception; those before it are indented. */
const EXCEPTION = /^[A-Za-z_][\w.]{0,200}(?:: .*)?$/;
const SEVERE = new Set(['warning', 'error', 'critical', 'fatal']);
/** What a command writes comes at level info, its errors too. */
const COMMAND_LOGGER = /\bSubprocessHook$|^subprocess\.py:/;
const LOOKS_WRONG =
  /error|fail|fatal|exception|denied|refused|cannot|can't|unable|not found|no such|no space|missing|invalid|too many|abort/i;
/** How a process ended is told at any level. */
const ENDING =
  /return code|exit(?:ed)? (?:code|with)|\bSIG(?:TERM|KILL|SEGV)\b|\bkilled\b|marked as|timed? ?out/i;

/**
 * What went wrong according to the end of a log, oldest first: messages of level warning and worse, how the process ended, and the
 * line of each traceback that names its exception. Understands the JSON lines of Airflow 3 and the text of Airflow 2, also mixed.
 * Bounded: the last 256 KiB of the log, at most 50 lines of at most 2,000 characters.
 */
export function errorLines(log: string): string[] {
  const found: string[] = [];
  let traceback = false;
  let severe = false;
  const keep = (text: string): void => {
    const line = text.trim().slice(0, LONGEST_LINE);
    if (line === '') return;
    found.push(line);
    if (found.length > MOST_LINES) found.shift();
  };
  for (const line of logEnd(log)) {
    const json = parseJsonLine(line);
    if (json !== null) {
      traceback = false;
      severe = SEVERE.has((json.level ?? '').toLowerCase());
      keepEvent(json.event ?? '', severe || isCommandError(json.logger, json.event), keep);
      // The exception that was raised comes first, those behind it after: the raised one is to stand last.
      for (const { exc_type, exc_value } of [...(json.error_detail ?? [])].reverse())
        keep(exc_value ? `${exc_type}: ${exc_value}` : exc_type);
      continue;
    }
    const head = TEXT_HEAD.exec(line);
    if (head !== null) {
      traceback = false;
      severe = SEVERE.has(head[2]!.toLowerCase());
      keepEvent(head[3]!, severe || isCommandError(head[1], head[3]), keep);
    } else if (line.startsWith('Traceback (most recent call last)')) traceback = true;
    else if (traceback && EXCEPTION.test(line)) {
      keep(line);
      traceback = false;
    }
  }
  return found;
}

/** Whether Airflow itself has written any of this: a log that it fetched, rather than what it says in place of one. */
export function hasAirflowLines(log: string): boolean {
  return logEnd(log).some((line) => TEXT_HEAD.test(line) || parseJsonLine(line)?.event !== undefined);
}

function isCommandError(logger = '', event = ''): boolean {
  return COMMAND_LOGGER.test(logger) && LOOKS_WRONG.test(event);
}

function keepEvent(event: string, isSevere: boolean, keep: (text: string) => void): void {
  if (!isSevere && !ENDING.test(event)) return;
  // A traceback may stand inside the event: its first line says what, its last which exception.
  const lines = event.split('\n').filter((line) => line.trim() !== '');
  keep(lines[0] ?? '');
  if (lines.length > 1) keep(lines.at(-1)!);
}

function logEnd(log: string): string[] {
  if (log.length <= LONGEST_LOG) return log.split(/\r?\n/);
  // The first line is cut: it means nothing.
  return log.slice(-LONGEST_LOG).split(/\r?\n/).slice(1);
}

function parseJsonLine(line: string): z.output<typeof jsonLine> | null {
  if (!line.startsWith('{')) return null;
  try {
    return jsonLine.parse(JSON.parse(line));
  } catch {
    return null;
  }
}
