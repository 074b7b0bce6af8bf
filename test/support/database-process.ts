import { openDatabase } from '../../core/database/open.js';
import type { Database } from '../../core/database/port.js';
import { AppError } from '../../core/errors.js';
import { silentLogger } from '../../core/logger.js';

/** What the process of database-child.ts is asked. */
export type Request =
  | { readonly do: 'open'; readonly dataDir: string }
  | { readonly do: 'query'; readonly sql: string }
  | { readonly do: 'close' };

export type Answer =
  | { readonly ok: true; readonly rows: Record<string, unknown>[] }
  | { readonly ok: false; readonly code: string; readonly message: string; readonly fix: string };

let database: Database | undefined;

async function answer(request: Request): Promise<Record<string, unknown>[]> {
  switch (request.do) {
    case 'open':
      database = await openDatabase({
        databaseUrl: null,
        dataDir: request.dataDir,
        logger: silentLogger(),
      });
      return [];
    case 'query':
      return (await database?.query(request.sql)) ?? [];
    case 'close':
      await database?.close();
      return [];
  }
}

process.on('message', (request: Request) => {
  answer(request).then(
    (rows) => process.send?.({ ok: true, rows } satisfies Answer),
    (error: unknown) =>
      process.send?.({
        ok: false,
        code: error instanceof AppError ? error.code : '',
        message: error instanceof Error ? error.message : String(error),
        fix: error instanceof AppError ? (error.fix ?? '') : '',
      } satisfies Answer),
  );
});
// The parent is gone, or has said all: whatever is left open by then keeps this process alive, which its test notices.
process.on('disconnect', () => {
  process.removeAllListeners('message');
});
