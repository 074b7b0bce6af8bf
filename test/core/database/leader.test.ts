import { expect, it } from 'vitest';
import { asLeader } from '../../../core/database/leader.js';
import { temporaryDatabase } from '../../support/database.js';

it('lets one process lead at a time, and the next one after it, even when the work failed', async () => {
  const store = await temporaryDatabase();
  try {
    const { database } = store;
    let others: unknown[] = [];
    const led = await asLeader(database, 'a', async () => {
      others = [
        await asLeader(database, 'a', () => Promise.resolve('second leader')),
        await asLeader(database, 'b', () => Promise.resolve('leader of something else')),
      ];
      return 'first leader';
    });
    expect(led).toEqual({ result: 'first leader' });
    expect(others).toEqual([null, { result: 'leader of something else' }]);
    await expect(asLeader(database, 'a', () => Promise.reject(new Error('failed')))).rejects.toThrow(
      'failed',
    );
    // The lock ends with its connection, which the server closes a moment after the pool did.
    let next = await asLeader(database, 'a', () => Promise.resolve('next leader'));
    while (next === null) next = await asLeader(database, 'a', () => Promise.resolve('next leader'));
    expect(next).toEqual({ result: 'next leader' });
  } finally {
    await store.drop();
  }
});
