import { type PageOptions, createPageReader, restless } from '../pages.js';

export interface UnorderedOptions<T> extends PageOptions<T> {
  /** How often the list is read again when its rows have moved. */
  readonly rounds: number;
  /** True: null after the last round, for a caller that asks for less. */
  readonly mayGiveUp: boolean;
}

/**
 * All rows of a list that its server cannot order, or null when there are more than `maxRows` or they move too much.
 *
 * Without an order, pages may show a row twice and another one never. So the list counts as read only when as many different rows
 * have come as the server says there are, and it has said so all the while: rows then neither joined nor left, for a span of change
 * times is either closed (rows only leave it) or open (rows only join it). Until then it is read again. One page that holds
 * everything is right at once.
 */
export async function readUnordered<T>(options: UnorderedOptions<T>): Promise<T[] | null> {
  const reader = createPageReader(options);
  const found = new Map<string, T>();
  let steady = new Set<string>();
  let total: number | null = null;
  for (let round = 0; round < options.rounds; round++) {
    for (let offset = 0; total === null || offset < total;) {
      const page = await reader({ offset });
      const told = page.total ?? page.rows.length;
      if (told > (options.maxRows ?? Infinity)) return null;
      if (told !== total) steady = new Set();
      total = told;
      for (const row of page.rows) {
        steady.add(options.keyOf(row));
        found.set(options.keyOf(row), row);
      }
      if (steady.size >= total) return [...found.values()];
      if (page.rows.length === 0) break;
      offset += page.rows.length;
    }
  }
  if (options.mayGiveUp) return null;
  throw restless();
}
