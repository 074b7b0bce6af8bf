import type { z } from 'zod';
import type { ApiOptions, ListLimits, Span } from './api.js';
import type { Query } from './http/address.js';
import type { AirflowClient, Login } from './http/client.js';
import { formatInstant, justBefore } from './instant.js';
import { type Page, readPages } from './pages.js';

type Path = readonly (string | number)[];

/** Reads whole lists, page by page; the query must order the rows by something that never changes. */
export interface Lister {
  /** Null when there are more rows than the limits allow. */
  readonly list: <T>(
    path: Path,
    query: Query,
    schema: z.ZodType<Page<T>>,
    keyOf: (row: T) => string,
    limits: ListLimits,
  ) => Promise<T[] | null>;
  readonly listAll: <T>(
    path: Path,
    query: Query,
    schema: z.ZodType<Page<T>>,
    keyOf: (row: T) => string,
  ) => Promise<T[]>;
}

const NO_LIMITS: ListLimits = { maxRows: Infinity, isTimeoutFinal: false };

/** How one of the REST APIs wants to be asked. */
export interface ListStyle {
  readonly login: Login;
  /** False: the server refuses parameters that it does not know, as that of cursors. */
  readonly offersCursors: boolean;
}

export function createLister(client: AirflowClient, options: ApiOptions, style: ListStyle): Lister {
  const { pageSize, signal } = options;
  const { login, offersCursors } = style;
  const list: Lister['list'] = (path, query, schema, keyOf, limits) =>
    readPages({
      pageSize,
      keyOf,
      offersCursors,
      maxRows: limits.maxRows,
      isTimeoutFinal: limits.isTimeoutFinal,
      read: (position, isTimeoutFinal) =>
        client.get(path, { ...query, ...position }, schema, { signal, login, isTimeoutFinal }),
    });
  return {
    list,
    listAll: async (path, query, schema, keyOf) => (await list(path, query, schema, keyOf, NO_LIMITS)) ?? [],
  };
}

/** Bounds are inclusive: Airflow 2 has no others, and 3.0 ignores `_gt` and `_lt`, which would read the whole table. */
export function spanQuery(field: string, span: Span): Query {
  return {
    [`${field}_gte`]: formatInstant(span.from),
    ...(span.to === null ? {} : { [`${field}_lte`]: formatInstant(justBefore(span.to)) }),
  };
}
