import { z } from 'zod';
import type { LogEnd, LogOf, RestVersion } from './api.js';
import { isAirflowError } from './http/airflow-error.js';
import type { TextEnd } from './http/client.js';

/** How Airflow 3 gives a log so that it can be cut anywhere, and how Airflow 2 does. */
export const LOG_TYPES: Readonly<Record<RestVersion, string>> = {
  v1: 'text/plain',
  v2: 'application/x-ndjson',
};

export function logPath(restVersion: RestVersion, of: Omit<LogOf, 'map_index'>): (string | number)[] {
  const { dag_id, dag_run_id, task_id, try_number } = of;
  const instance = ['api', restVersion, 'dags', dag_id, 'dagRuns', dag_run_id, 'taskInstances', task_id];
  return [...instance, 'logs', try_number];
}

const line = z.object({ event: z.string(), sources: z.array(z.string()).optional().catch(undefined) });
/** Airflow 3 where a proxy or an old release ignores that lines were asked for. */
const whole = z.object({ content: z.union([z.string(), z.array(z.unknown())]) });
const SOURCES = '::group::Log message source details';
const END_OF_SOURCES = '::endgroup::';
/** Airflow 2 tells where it looked for the log in lines that begin so, after a line with the name of a host. */
const NOTE = '*** ';
const HOST = /^[\w.:-]{1,255}$/;

/**
 * What Airflow answered, without what Airflow itself says about where it looked. A log that could not be found or fetched comes as such
 * a note alone: it says nothing about the failure.
 */
export function readLogEnd(end: TextEnd): LogEnd {
  const lines = linesOf(end);
  if (lines === null) return { unread: 'the log is too long for this Airflow to answer with', isFinal: true };
  const { notes, rest } = splitNotes(lines);
  if (rest.some((text) => text.trim() !== '')) return { text: rest.join('\n') };
  // A place alone means that something empty was found there.
  const why = notes.findLast((note) => /\s/.test(note.replace(/^\* /, '')) && !note.endsWith(':'));
  return { unread: why ?? 'the log is empty', isFinal: false };
}

/**
 * As {@link readLogEnd} of what `ask` gets; a try that is gone and a log that is too large are no errors.
 * @throws AirflowError `unauthorized` when this user may not read logs, and whatever else is wrong with Airflow
 */
export async function askLogEnd(ask: () => Promise<TextEnd>): Promise<LogEnd> {
  try {
    return readLogEnd(await ask());
  } catch (error) {
    if (isAirflowError(error, 'not_found'))
      return { unread: 'Airflow no longer has this try', isFinal: true };
    if (isAirflowError(error, 'too_large')) return { unread: 'the log is too large', isFinal: true };
    throw error;
  }
}

function linesOf({ text, isCut, contentType }: TextEnd): string[] | null {
  if (!/\bapplication\/json\b/.test(contentType)) {
    const lines = text.split(/\r?\n/);
    // The first line of an end is a part of one.
    return isCut ? lines.slice(1) : lines;
  }
  if (isCut) return null;
  const parsed = whole.safeParse(parseJson(text));
  if (!parsed.success) return text.split(/\r?\n/);
  const { content } = parsed.data;
  if (typeof content === 'string') return content.split(/\r?\n/);
  return content.map((item) => (typeof item === 'string' ? item : JSON.stringify(item)));
}

function splitNotes(lines: readonly string[]): { notes: string[]; rest: readonly string[] } {
  const notes: string[] = [];
  let next = 0;
  let inSources = false;
  for (; next < lines.length; next++) {
    const text = lines[next]!;
    const structured = text.startsWith('{') ? line.safeParse(parseJson(text)) : null;
    const event = structured?.success === true ? structured.data.event : text;
    if (event.endsWith(SOURCES)) {
      inSources = true;
      notes.push(...(structured?.data?.sources ?? []));
    } else if (inSources && event.endsWith(END_OF_SOURCES)) inSources = false;
    else if (text.startsWith(NOTE)) notes.push(text.slice(NOTE.length).trim());
    else if (!inSources && text.trim() !== '' && !isHost(lines, next)) break;
  }
  return { notes, rest: lines.slice(next) };
}

/** The first line, when it names a host and notes follow it. */
function isHost(lines: readonly string[], index: number): boolean {
  const following = lines[1] ?? '';
  return index === 0 && HOST.test(lines[0]!) && (following.startsWith(NOTE) || following.endsWith(SOURCES));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}
