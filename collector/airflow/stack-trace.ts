import { maskSecrets } from '../failure-reason/mask-secrets.js';

const MAX_LENGTH = 500;
/** Stack traces are read up to this length from their end, where the error is. */
const MAX_READ = 20_000;

/**
 * What a stack trace of Python comes to: the error, which is its last line, and before it the innermost place, as in
 * `/dags/a.py, line 3: ImportError: no module`. Null when it is empty or hidden from this user (`REDACTED`).
 */
export function summariseStackTrace(text: string): string | null {
  if (text.startsWith('REDACTED')) return null;
  const lines = text
    .slice(-MAX_READ)
    .split('\n')
    .filter((line) => line.trim() !== '');
  const error = lines.at(-1)?.trim();
  if (error === undefined) return null;
  const place = lines.findLast((line) => /^\s*File "[^"]+", line \d+/.test(line));
  const [, file, number] = /File "([^"]+)", line (\d+)/.exec(place ?? '') ?? [];
  const summary = file === undefined ? error : `${file}, line ${number!}: ${error}`;
  return maskSecrets(summary)
    .slice(0, MAX_LENGTH)
    .replace(/\p{Surrogate}$/u, '');
}
