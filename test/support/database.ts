import { randomUUID } from 'node:crypto';
import { inject } from 'vitest';
import { connect } from '../../core/database/pool.js';
import type { Database } from '../../core/database/port.js';
import { silentLogger } from '../../core/logger.js';
import './global-setup.js';

export interface TemporaryDatabase {
  readonly database: Database;
  /** With the password. */
  readonly url: string;
  /** Closes the pool and removes the database; end other connections to it first, or they are cut. */
  drop(): Promise<void>;
}

/** A fresh database of its own with all migrations, on the server of this test run; about 50 ms. */
export function temporaryDatabase(): Promise<TemporaryDatabase> {
  return create(new URL(inject('databaseTemplateUrl')).pathname.slice(1));
}

/** The same without any migration. */
export function emptyDatabase(): Promise<TemporaryDatabase> {
  return create('template1');
}

async function create(template: string): Promise<TemporaryDatabase> {
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await administer((admin) => admin.execute(`CREATE DATABASE ${name} TEMPLATE ${template}`));
  const url = new URL(inject('databaseTemplateUrl'));
  url.pathname = `/${name}`;
  const database = await connect(url.href, { logger: silentLogger(), applicationName: 'orc test' });
  return {
    database,
    url: url.href,
    drop: async () => {
      await database.close();
      await administer((admin) => admin.execute(`DROP DATABASE ${name} WITH (FORCE)`));
    },
  };
}

/** Works on the maintenance database: a template may have no connections. */
async function administer(work: (admin: Database) => Promise<unknown>): Promise<void> {
  const url = new URL(inject('databaseTemplateUrl'));
  url.pathname = '/postgres';
  const admin = await connect(url.href, {
    logger: silentLogger(),
    applicationName: 'orc test administration',
    maxConnections: 1,
  });
  try {
    await work(admin);
  } finally {
    await admin.close();
  }
}
