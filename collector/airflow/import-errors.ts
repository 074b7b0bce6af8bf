import type { ApiOptions } from './api.js';
import type { Query } from './http/address.js';
import type { AirflowClient, Login } from './http/client.js';
import type { ApiImportError } from './rows.js';
import { importErrorPage } from './surrounding-fields.js';

/** Never beyond what any Airflow gives at once (`maximum_page_limit` is 100 unless somebody lowered it). */
const ROWS_PER_PAGE = 50;
const MAX_PAGES = 20;

/**
 * The import errors, 1000 at most. Airflow 3 counts and pages an error once for each DAG of its file but shows it once, so a page may
 * be short without being the last one: the next page begins where the pages' size says, not where the rows end.
 */
export async function readImportErrors(
  client: AirflowClient,
  path: readonly string[],
  order: Query,
  { signal, login }: Pick<ApiOptions, 'signal'> & { readonly login: Login },
): Promise<{ rows: ApiImportError[]; isComplete: boolean }> {
  const found = new Map<number, ApiImportError>();
  for (let page = 0; page < MAX_PAGES; page++) {
    const offset = page * ROWS_PER_PAGE;
    const query = { ...order, limit: ROWS_PER_PAGE, offset };
    const { rows, total } = await client.get(path, query, importErrorPage, { signal, login });
    for (const row of rows) found.set(row.id, row);
    if (offset + ROWS_PER_PAGE >= (total ?? rows.length))
      return { rows: [...found.values()], isComplete: true };
  }
  return { rows: [...found.values()], isComplete: false };
}
