import { expect, it } from 'vitest';
import type { Database } from '../../../core/database/port.js';
import { silentLogger } from '../../../core/logger.js';
import { createGate } from '../../../serving/auth/gate.js';
import { createToken, revokeToken } from '../../../serving/auth/tokens.js';
import { temporaryDatabase } from '../../support/database.js';

/** The real database behind a switch that makes it unavailable. */
function switchable(real: Database): { database: Database; available: boolean } {
  const state = { available: true };
  const query: Database['query'] = (sql, parameters) =>
    state.available ? real.query(sql, parameters) : Promise.reject(new Error('connection refused'));
  return Object.assign(state, { database: { ...real, execute: real.execute.bind(real), query } });
}

it('follows the tokens within seconds, and outlives the database for a day', async () => {
  const store = await temporaryDatabase();
  try {
    let now = 1_800_000_000;
    const clock = (): number => now;
    const holder = switchable(store.database);
    const gate = createGate({
      database: holder.database,
      beyondLoopback: false,
      clock,
      logger: silentLogger(),
    });
    expect(await gate.needsToken()).toBe(false);

    const token = await createToken(store.database, { name: 't', role: 'viewer', expiresAt: null }, clock);
    const other = await createToken(store.database, { name: 'u', role: 'admin', expiresAt: null }, clock);
    now += 5;
    expect(await gate.needsToken()).toBe(true);
    expect(await gate.verify(token)).toEqual({ name: 't', role: 'viewer' });
    expect(await gate.verify('orc_wrong')).toBeNull();

    holder.available = false;
    now += 86_400;
    expect(await gate.needsToken()).toBe(true);
    expect(await gate.verify(token)).toEqual({ name: 't', role: 'viewer' });
    await expect(gate.verify(other)).rejects.toThrow('API tokens cannot be checked');
    now += 1;
    await expect(gate.verify(token)).rejects.toMatchObject({ code: 'database_unavailable', retryable: true });
    expect(await gate.needsToken()).toBe(true);

    holder.available = true;
    await revokeToken(store.database, 't', clock);
    expect(await gate.verify(token)).toBeNull();
  } finally {
    await store.drop();
  }
});

it('always needs a token beyond loopback', async () => {
  const store = await temporaryDatabase();
  try {
    const gate = createGate({
      database: store.database,
      beyondLoopback: true,
      clock: () => 0,
      logger: silentLogger(),
    });
    expect(await gate.needsToken()).toBe(true);
  } finally {
    await store.drop();
  }
});
