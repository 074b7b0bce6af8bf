import type { z } from 'zod';
import { acceptedAt } from './accepted.js';

/** Of these, what the schema accepts says more than zod's words. */
const PLAIN_ISSUES: ReadonlySet<string | undefined> = new Set([
  'invalid_type',
  'invalid_value',
  'too_small',
  'too_big',
]);

/** What is wrong, under the place that each value came from: a variable, the command line or the file. */
export function describeIssues(
  error: z.ZodError,
  tree: unknown,
  places: ReadonlyMap<string, string>,
  otherwise: string,
): string {
  const byPlace = new Map<string, string[]>();
  for (const issue of error.issues) {
    const place = places.get(issue.path.map(String).join('.')) ?? otherwise;
    byPlace.set(place, [...(byPlace.get(place) ?? []), describeIssue(issue, tree)]);
  }
  return [...byPlace].map(([place, issues]) => `${place}: ${issues.join('; ')}`).join('\n     ');
}

const TEAMS =
  'is not a key: teams are listed once, under `teams` at the top, with `alertmanager:` for what Alertmanager itself sends (docs/alerts.md)';

/** Keys that people look for in a place where they are not. */
const ELSEWHERE: ReadonlyMap<string, string> = new Map([
  ['alerts.teams', TEAMS],
  ['notifications.teams', TEAMS],
]);

function describeIssue(issue: z.core.$ZodIssue, tree: unknown): string {
  const key = issue.path.map(String).join('.');
  if (issue.code === 'unrecognized_keys') {
    const prefix = key === '' ? '' : `${key}.`;
    const [first] = issue.keys;
    const belongs = ELSEWHERE.get(`${prefix}${first}`);
    if (issue.keys.length === 1 && belongs !== undefined) return `\`${prefix}${first}\` ${belongs}`;
    return `unknown key ${issue.keys.map((k) => `\`${prefix}${k}\``).join(', ')} (docs/configuration.md lists all keys)`;
  }
  const value = issue.path.reduce<unknown>(
    (node, part) => (node as Record<PropertyKey, unknown> | undefined)?.[part],
    tree,
  );
  const shown = /password|token|secret|database_url|headers|proxy/.test(key)
    ? '[hidden]'
    : JSON.stringify(value);
  const message = (PLAIN_ISSUES.has(issue.code) ? expectation(issue.path) : null) ?? issue.message;
  return `\`${key}\`${value === undefined ? ' is missing' : ` is ${shown}`}: ${message}`;
}

/** Null for text, of which the schema's own message knows more. */
function expectation(path: readonly PropertyKey[]): string | null {
  const accepted = acceptedAt(path);
  if (accepted === null || accepted === 'string') return null;
  return `expected ${accepted.startsWith('`') ? 'one of ' : ''}${accepted}`;
}
