/** The beginning of a text on one line, as PostgreSQL can store it: no NUL, no half of a surrogate pair. */
export function shorten(text: string, longest: number): string {
  return text
    .slice(0, longest * 2)
    .replaceAll('\0', '')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, longest)
    .replace(/\p{Surrogate}/gu, '\uFFFD');
}
