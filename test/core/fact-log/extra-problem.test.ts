import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { extraProblem } from '../../../core/fact-log/extra-problem.js';
import { temporaryDatabase, type TemporaryDatabase } from '../../support/database.js';

fc.configureGlobal({ seed: 20_261_123 });

let store: TemporaryDatabase;

beforeAll(async () => {
  store = await temporaryDatabase();
});
afterAll(async () => {
  await store.drop();
});

describe('values that jsonb takes', () => {
  test('PostgreSQL agrees, whatever the value', async () => {
    const text = fc.string({
      unit: fc.constantFrom('a', '"', '\\', '\0', '\ud800', '\udc00', '😀', '\u2028', 'u0000'),
    });
    const value = fc.jsonValue({ stringUnit: 'binary' });
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(value, fc.dictionary(text, text, { noNullPrototype: true })),
        async (candidate) => {
          const stored = await store.database
            .query('SELECT $1::jsonb::text AS text', [JSON.stringify(candidate)])
            .then(
              () => true,
              () => false,
            );
          expect(extraProblem(candidate) === null).toBe(stored);
        },
      ),
    );
  });

  test('too deep, and too large a number', () => {
    let deep: unknown = 1;
    for (let level = 0; level < 40; level++) deep = [deep];
    expect(extraProblem({ deep })).toContain('nested more than 32 levels deep');
    expect(extraProblem({ a: [Number.POSITIVE_INFINITY] })).toContain('too large');
  });
});
