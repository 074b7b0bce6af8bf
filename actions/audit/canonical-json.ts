/** What PostgreSQL's `jsonb` cannot hold: NUL, and halves of a surrogate pair. */
const UNSTORABLE = /\0|[\uD800-\uDFFF]/gu;

/**
 * The one text of a JSON value: RFC 8785 (JSON Canonicalization Scheme), that is, no white space, the keys of objects sorted by
 * UTF-16 code units, numbers and strings as ECMAScript writes them. What JSON cannot hold goes the way of `JSON.stringify`
 * (a date becomes a string, NaN null, a function goes); NUL and lone surrogates become U+FFFD.
 */
export function canonicalJson(value: unknown): string {
  const text = JSON.stringify(value) as string | undefined;
  return text === undefined ? 'null' : write(JSON.parse(text));
}

function write(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.replaceAll(UNSTORABLE, '\uFFFD'));
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(write).join(',')}]`;
  const members = Object.entries(value as Record<string, unknown>)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => `${write(key)}:${write(member)}`);
  return `{${members.join(',')}}`;
}
