import { expect, it } from 'vitest';
import { temporaryDatabase } from '../../support/database.js';
import { dumpSchema } from '../../support/schema-dump.js';

it('is the schema of test/golden/schema.sql (after a migration: npx vitest run test/core/database/schema.test.ts --update)', async () => {
  const temporary = await temporaryDatabase();
  await expect(await dumpSchema(temporary.database)).toMatchFileSnapshot('../../golden/schema.sql');
  await temporary.drop();
});
