import { userInfo } from 'node:os';
import type { Database } from '../../core/database/port.js';
import { createContext, withDatabase, type CommonOptions, type Context } from '../context.js';

/** Runs with a context and the store; the context is finished whatever happens. */
export async function withStore(
  options: CommonOptions,
  work: (database: Database, context: Context) => Promise<void>,
): Promise<void> {
  const { context, finish } = createContext(options);
  try {
    await withDatabase(context, (database) => work(database, context));
  } finally {
    finish();
  }
}

/** On the command line, who it is that has the store. */
export const who = (): string => `${userInfo().username} (command line)`;

export const iso = (time: number): string => new Date(time * 1000).toISOString();
