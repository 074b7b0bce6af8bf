/** Names given on the command line. Pure. */

/**
 * The names of a comma-separated list; all that are known where none is given.
 *
 * @param flag of which they are the value, without its dashes.
 * @throws where one is not known; says which are.
 */
export function namedBy(text: string | undefined, known: readonly string[], flag: string): readonly string[] {
  if (text === undefined) return known;
  const names = text.split(',');
  const wrong = names.filter((name) => !known.includes(name));
  if (wrong.length > 0)
    throw new Error(`--${flag} ${wrong.join(', ')}: there is no such ${flag}; known: ${known.join(', ')}`);
  return names;
}
