import type { Database } from '../../core/database/port.js';
import type { FailureReasonObservation } from '../../core/facts.js';
import { writeFailureReasons } from '../../core/fact-log/write.js';
import { NOW } from './support.js';

/** Two explained failures of a DAG of `production` (the older one unread), one still to come, and one of another DAG. */
export async function addFailures(database: Database, evidence: string, dagId = 'orders'): Promise<void> {
  const one: FailureReasonObservation = {
    deployment: 'production',
    dagId,
    runId: 'scheduled__2026-11-23',
    taskId: 'load',
    mapIndex: 3,
    tryNumber: 2,
    pool: 'default_pool',
    failureClass: 'resource',
    rule: 'disk_full',
    templateId: 'a1',
    template: 'OSError <*>',
    evidence,
    unread: null,
    endedAt: NOW - 600,
  };
  const unread = {
    failureClass: 'unknown',
    rule: null,
    templateId: null,
    template: null,
    evidence: null,
    unread: 'Log file not found',
  } as const;
  await database.transaction((connection) =>
    writeFailureReasons(
      connection,
      [
        one,
        one,
        { ...one, ...unread, taskId: 'extract', mapIndex: -1, tryNumber: 1, endedAt: NOW - 6000 },
        { ...one, runId: 'future', endedAt: NOW + 600 },
        { ...one, dagId: 'other' },
      ],
      { source: 'test', knownAt: NOW, visibilityAssumed: false },
    ),
  );
}
