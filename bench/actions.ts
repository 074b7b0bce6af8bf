/** How fast the value of a million drawn incidents is told, the audit trail is written and verified, and a webhook leads to a call. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { appendAudit, verifyAudit } from '../actions/audit/index.js';
import { readCells, valueReport } from '../actions/value/index.js';
import { openDatabase } from '../core/database/open.js';
import type { Database } from '../core/database/port.js';
import { silentLogger } from '../core/logger.js';
import { measureIncidents, type IncidentLoad } from './actions/incidents.js';
import { measureWebhook, type WebhookTiming } from './actions/webhook.js';
import { makePrivateFolder } from './private-folder.js';
import { timingOf, type Timing } from './timing.js';

export interface ActionsMeasurement {
  readonly reportRows: number;
  /** Milliseconds from the rows in the table to the lines of the report. */
  readonly report: Timing;
  /** Milliseconds to count the same rows and sum their delays, in turn with it. */
  readonly plainSum: Timing;
  readonly auditEntries: number;
  /** Entries per second, one transaction each, by one writer. */
  readonly auditAppendRate: number;
  /** Entries per second of following the whole chain. */
  readonly auditVerifyRate: number;
  /** Milliseconds from the webhook of a failed run to the call that Airflow gets. */
  readonly webhookToCall: WebhookTiming;
  readonly incidents: IncidentLoad;
}

const ROWS = 1_000_000;
const ROUNDS = 7;
const ENTRIES = 5000;

const FILL = `
  CREATE TABLE bench_draw AS
  SELECT n AS incident_id, (ARRAY['retry', 'resize_pool', 'trigger'])[1 + n % 3] AS kind,
    (ARRAY['transient', 'resource', 'data', 'code', 'unknown'])[1 + n % 5] AS cause,
    CASE WHEN n % 7 = 0 THEN 'held_out' ELSE 'treated' END AS arm,
    CASE WHEN n % 2 = 0 THEN 0.9 ELSE 0.8 END::float8 AS treated_probability,
    n % 11 < 4 AS failed, CASE WHEN n % 13 > 0 THEN (n % 1009) / 3.0 END::float8 AS delay_minutes
  FROM generate_series(1, $1::int) AS n`;

const SOURCE = 'SELECT kind, cause, arm, treated_probability, failed, delay_minutes FROM bench_draw';

/** Made-up rows in a private PostgreSQL. */
export async function benchActions(): Promise<ActionsMeasurement> {
  const folder = await makePrivateFolder('actions');
  const dataDir = join(folder, 'data');
  try {
    const database = await openDatabase({ databaseUrl: null, dataDir, logger: silentLogger() });
    try {
      const report = await measureReport(database);
      const audit = await measureAudit(database);
      const webhookToCall = await measureWebhook(database);
      return { ...report, ...audit, webhookToCall, incidents: await measureIncidents(database) };
    } finally {
      await database.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function measureReport(
  database: Database,
): Promise<Pick<ActionsMeasurement, 'reportRows' | 'report' | 'plainSum'>> {
  await database.execute(FILL, [ROWS]);
  await database.execute('ANALYZE bench_draw');
  const report: number[] = [];
  const plain: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const started = performance.now();
    valueReport(await readCells(database, SOURCE));
    const told = performance.now();
    await database.query('SELECT count(*), sum(delay_minutes) FROM bench_draw');
    report.push(told - started);
    plain.push(performance.now() - told);
  }
  return { reportRows: ROWS, report: timingOf(report), plainSum: timingOf(plain) };
}

async function measureAudit(
  database: Database,
): Promise<Pick<ActionsMeasurement, 'auditEntries' | 'auditAppendRate' | 'auditVerifyRate'>> {
  const started = performance.now();
  for (let n = 0; n < ENTRIES; n++)
    await database.transaction((connection) =>
      appendAudit(
        {
          at: 1_767_225_600 + n,
          deployment: 'default',
          who: 'orc',
          what: 'action.propose',
          why: 'a connection was refused, and has since been accepted',
          before: { state: 'drawn', dag_id: 'finance_daily', run_id: `scheduled__${n}` },
          after: { state: 'proposed', kind: 'retry', mode: 'shadow' },
          requestId: null,
        },
        connection,
      ),
    );
  const written = performance.now();
  const { firstBreak } = await verifyAudit(database);
  if (firstBreak !== null) throw new Error(firstBreak.message);
  const verified = performance.now();
  return {
    auditEntries: ENTRIES,
    auditAppendRate: Math.round((ENTRIES / (written - started)) * 1000),
    auditVerifyRate: Math.round((ENTRIES / (verified - written)) * 1000),
  };
}
