import { AirflowError, isAirflowError } from './http/airflow-error.js';

export interface Page<T> {
  readonly rows: readonly T[];
  /** Rows of all pages; null where the server does not count them. */
  readonly total: number | null;
  /** Where to go on; null on the last page; undefined where the server pages by offset. */
  readonly nextCursor: string | null | undefined;
}

export interface PagePosition {
  readonly limit: number;
  readonly offset?: number;
  readonly cursor?: string;
}

export interface PageOptions<T> {
  /** Throws a time-out at once when it is final: fewer rows are asked for next. */
  readonly read: (position: PagePosition, isTimeoutFinal: boolean) => Promise<Page<T>>;
  /** Identity of a row; the rows must be ordered by something that never changes while the identity stays. */
  readonly keyOf: (row: T) => string;
  readonly pageSize: number;
  /** More rows than this are not read: the caller asks for less. */
  readonly maxRows?: number;
  /** False: the list has no cursors, and its server refuses the parameter. Default true. */
  readonly offersCursors?: boolean;
  /** True: a time-out ends the reading. Otherwise smaller pages are tried. */
  readonly isTimeoutFinal?: boolean;
}

/** Pages are not made smaller than this because of time-outs: then patience is what is left. */
const SMALLEST_TIMED_PAGE = 10;

/** Going back this often means that the table moves faster than it can be read. */
const MAX_STEPS_BACK = 200;

/**
 * All rows of a list that changes while it is read, or null when there are more than `maxRows`.
 *
 * With cursors (3.2.2 and later) the server goes on after the last row itself. By offset, a row that leaves its place (a task
 * instance gets a new id with each try, and moves to the end) pulls all rows behind it one place forward, past the reader. So each
 * page begins at the last row of the page before; when another row stands there, rows have slipped by, and the reader goes back
 * until it meets one that it knows. Rows that are new meanwhile stand at the end, where they are read.
 *
 * An answer that is too large is asked for again in halves, down to single rows; one that times out, down to ten rows.
 */
export async function readPages<T>(options: PageOptions<T>): Promise<T[] | null> {
  const found = new Map<string, T>();
  const reader = createPageReader(options);
  const first = await reader(options.offersCursors === false ? { offset: 0 } : { offset: 0, cursor: '' });
  if (isTooMany(first, 0, options)) return null;
  remember(found, first, options);
  return first.nextCursor === undefined
    ? readByOffset(first, found, reader, options)
    : readByCursor(first.nextCursor, found, reader, options);
}

export type PageReader<T> = (
  position: Omit<PagePosition, 'limit'>,
) => Promise<Page<T> & { readonly limit: number }>;

async function readByCursor<T>(
  firstCursor: string | null,
  found: Map<string, T>,
  reader: PageReader<T>,
  options: PageOptions<T>,
): Promise<T[] | null> {
  let cursor = firstCursor;
  while (cursor !== null) {
    const page = await reader({ cursor });
    if (isTooMany(page, found.size, options)) return null;
    remember(found, page, options);
    cursor = page.nextCursor ?? null;
  }
  return [...found.values()];
}

async function readByOffset<T>(
  first: Page<T>,
  found: Map<string, T>,
  reader: PageReader<T>,
  options: PageOptions<T>,
): Promise<T[] | null> {
  let stepsBack = 0;
  let position = nextPosition(0, first);
  while (position !== null) {
    const page = await reader({ offset: position.offset });
    if (isTooMany(page, found.size, options)) return null;
    const head = page.rows[0];
    const isJoined = !position.isOverlapping || (head !== undefined && found.has(options.keyOf(head)));
    if (!isJoined) {
      if (++stepsBack > MAX_STEPS_BACK) throw restless();
      const offset = Math.max(0, position.offset - page.limit);
      position = { offset, isOverlapping: offset > 0 };
      continue;
    }
    remember(found, page, options);
    position = nextPosition(position.offset, page);
  }
  return [...found.values()];
}

interface OffsetPosition {
  readonly offset: number;
  /** The first row of the page is one that was read before, unless rows have slipped by. */
  readonly isOverlapping: boolean;
}

/** Null at the end of the list. */
function nextPosition<T>(offset: number, page: Page<T>): OffsetPosition | null {
  const count = page.rows.length;
  const end = offset + count;
  if (count === 0 || (page.total !== null && end >= page.total)) return null;
  if (page.total === null && offset > 0 && count === 1) return null;
  return count > 1 ? { offset: end - 1, isOverlapping: true } : { offset: end, isOverlapping: false };
}

function remember<T>(found: Map<string, T>, page: Page<T>, options: PageOptions<T>): void {
  for (const row of page.rows) found.set(options.keyOf(row), row);
}

function isTooMany<T>(page: Page<T>, found: number, options: PageOptions<T>): boolean {
  return Math.max(page.total ?? 0, found) > (options.maxRows ?? Infinity);
}

export function restless(): AirflowError {
  return new AirflowError('bad_answer', 'the rows of a list keep moving while it is read', {
    retryable: true,
  });
}

/** Reads a page with fewer rows when the answer is too large or too late, and with more again after that. */
export function createPageReader<T>(options: PageOptions<T>): PageReader<T> {
  let limit = options.pageSize;
  return async (position) => {
    for (;;) {
      const shrinksOnTimeout = options.isTimeoutFinal !== true && limit > SMALLEST_TIMED_PAGE;
      try {
        const isTimeoutFinal = options.isTimeoutFinal === true || shrinksOnTimeout;
        const page = await options.read({ ...position, limit }, isTimeoutFinal);
        const used = limit;
        limit = Math.min(options.pageSize, limit * 2);
        return { ...page, limit: used };
      } catch (error) {
        const shrinks =
          isAirflowError(error, 'too_large') || (shrinksOnTimeout && isAirflowError(error, 'timeout'));
        if (!shrinks || limit === 1) throw error;
        limit = Math.floor(limit / 2);
      }
    }
  };
}
