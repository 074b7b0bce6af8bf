import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Database } from '../../../core/database/port.js';
import { latestFactId, readFacts, type AnyFact } from '../../../core/fact-log/read.js';
import { writeFailureReasons } from '../../../core/fact-log/write.js';
import type { FailureReasonObservation } from '../../../core/facts.js';
import { temporaryDatabase, type TemporaryDatabase } from '../../support/database.js';

const T = 1_790_000_000;
const REASON: FailureReasonObservation = {
  deployment: 'default',
  dagId: 'sales',
  runId: 'r1',
  taskId: 'load',
  mapIndex: -1,
  tryNumber: 1,
  pool: 'etl',
  failureClass: 'resource',
  rule: 'disk_full',
  templateId: 'abc',
  template: 'OSError: <*>',
  evidence: 'OSError: [Errno 28]',
  unread: null,
  endedAt: T,
};

let store: TemporaryDatabase;
let database: Database;
beforeAll(async () => {
  store = await temporaryDatabase();
  database = store.database;
});
afterAll(() => store.drop());

const write = (reasons: FailureReasonObservation[], knownAt: number, visibilityAssumed: boolean) =>
  database.transaction((connection) =>
    writeFailureReasons(connection, reasons, { source: 'test', knownAt, visibilityAssumed }),
  );

async function readAll(afterFactId = 0): Promise<AnyFact[]> {
  const facts: AnyFact[] = [];
  for await (const rows of readFacts(database, { afterFactId })) facts.push(...rows);
  return facts;
}

it('a reason is told once per try, visible at the end of the try or when it was learnt', async () => {
  const live = { ...REASON, tryNumber: 2, failureClass: 'data', templateId: null, pool: null } as const;
  expect(await write([live], T + 500, false)).toEqual({ received: 1, appended: 1, refused: 0 });
  expect(await write([REASON, REASON], T + 900, true)).toEqual({ received: 2, appended: 1, refused: 0 });
  expect((await write([{ ...REASON, failureClass: 'code' }], T + 950, false)).appended).toBe(0);
  const shared = {
    deployment: 'default',
    dagId: 'sales',
    runId: 'r1',
    taskId: 'load',
    mapIndex: -1,
    eventTime: T,
  };
  // The assumed one was written later, and is visible earlier.
  expect((await readAll()).map(({ kind, fact }) => ({ kind, ...fact, factId: 0 }))).toEqual([
    {
      kind: 'failure_reason',
      factId: 0,
      ...shared,
      knownAt: T + 900,
      visibilityAssumed: true,
      pool: 'etl',
      failureClass: 'resource',
      templateId: 'abc',
    },
    {
      kind: 'failure_reason',
      factId: 0,
      ...shared,
      knownAt: T + 500,
      visibilityAssumed: false,
      pool: null,
      failureClass: 'data',
      templateId: null,
    },
  ]);
});

it('is read with what was appended since', async () => {
  const before = await latestFactId(database);
  await write([{ ...REASON, runId: 'r2' }], T + 1000, false);
  expect(await latestFactId(database)).toBeGreaterThan(before);
  expect(await readAll(before)).toHaveLength(1);
});
