const MAX_DEPTH = 32;
const LONE_SURROGATE = /\p{Surrogate}/u;

/**
 * Why a JSON value cannot be stored as `jsonb`, or null. PostgreSQL refuses U+0000 and halves of surrogate pairs inside
 * strings and stops at deep nesting; numbers beyond a double would not survive the way through JavaScript.
 */
export function extraProblem(value: unknown, depth = 0): string | null {
  if (typeof value === 'string') return textProblem(value);
  if (typeof value === 'number') return Number.isFinite(value) ? null : 'it holds a number that is too large';
  if (typeof value !== 'object' || value === null) return null;
  if (depth >= MAX_DEPTH) return `it is nested more than ${MAX_DEPTH} levels deep`;
  if (Array.isArray(value)) {
    for (const item of value) {
      const problem = extraProblem(item, depth + 1);
      if (problem !== null) return problem;
    }
    return null;
  }
  for (const [key, item] of Object.entries(value)) {
    const problem = textProblem(key) ?? extraProblem(item, depth + 1);
    if (problem !== null) return problem;
  }
  return null;
}

function textProblem(text: string): string | null {
  if (text.includes('\0')) return 'it holds a NUL character (U+0000), which PostgreSQL cannot store';
  return LONE_SURROGATE.test(text)
    ? 'it holds half of a surrogate pair, which is not a Unicode character'
    : null;
}
