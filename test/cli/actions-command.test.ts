import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeDags } from '../../core/fact-log/write.js';
import { temporaryDatabase, type TemporaryDatabase } from '../support/database.js';
import { runOrc } from '../support/orc.js';

let store: TemporaryDatabase;
const directory = mkdtempSync(join(tmpdir(), 'orc-actions-command-'));

beforeAll(async () => {
  store = await temporaryDatabase();
  const dag = {
    ...{
      deployment: 'prod',
      dagId: 'orders',
      isPaused: false,
      isActive: true,
      schedule: null,
      owners: [],
      tags: [],
    },
    ...{ nextRunAfter: null, fileLocation: null },
  };
  const live = { source: 'test', knownAt: 1_800_000_000, visibilityAssumed: false };
  await store.database.transaction((connection) => writeDags(connection, [dag], live));
  await store.database.execute(
    `INSERT INTO action (deployment, dag_id, run_id, incident, kind, cause, mode, drawn_at, state, reason, request, due_at, decided_by, changed_at)
     SELECT 'prod', 'orders', 'r' || n, 'r' || n, 'retry', 'transient_infrastructure', 'approve', now(), 'proposed', 'waits',
       json_build_object('kind', 'retry', 'dagId', 'orders', 'runId', 'r' || n), now(), 'orc', now()
     FROM generate_series(1, 2) AS n`,
  );
});
afterAll(async () => {
  await store.drop();
  rmSync(directory, { recursive: true, force: true });
});

const orc = (...args: string[]) =>
  runOrc(['actions', ...args], { ORC_DATABASE_URL: store.url, ORC_LOG_LEVEL: 'error' });

async function printed(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await orc(...args);
  expect(code, stderr).toBe(0);
  return stdout;
}

describe('orc actions', () => {
  it('lists what waits, and lets a person decide once', async () => {
    expect(await printed('list', '--state', 'proposed')).toMatch(/2 +proposed +retry +prod +orders +r2/);
    expect(await printed('approve', '1', '--why', 'the database is back')).toBe('action 1 is approved\n');
    expect(await printed('reject', '2')).toBe('action 2 is rejected\n');
    const again = await orc('reject', '1');
    expect(again.code).toBe(2);
    expect(again.stderr).toContain('action 1 is approved, not proposed');
    expect((await orc('approve', '99')).stderr).toContain('there is no action 99');
    expect((await orc('approve', 'first')).stderr).toContain('expected an id');
    const [latest] = (JSON.parse(await printed('list', '--json')) as { actions: { decidedBy: string }[] })
      .actions;
    expect(latest!.decidedBy).toMatch(/\(command line\)$/);
  });

  it('explains what would be done by class, and what holds everything back', async () => {
    const explained = await printed('explain', 'orders');
    expect(explained).toMatch(/resource +retry +recommended .*as much memory/);
    expect(explained).toMatch(/transient_infrastructure +retry +shadowed .*recorded only/);
    expect(explained).toContain('Nothing is called now: no_credential');
    expect(await printed('stop')).toContain('are now stopped');
    expect(await printed('stop')).toContain('are already stopped');
    expect(await printed('explain', 'orders', '--class', 'timeout')).toContain(
      'Nothing is called now: stopped',
    );
    expect(await printed('resume')).toContain('are now not stopped');
    expect((await orc('explain', 'nothing')).stderr).toContain('no DAG nothing is known');
  });

  it('explains which DAG would be started, beside the retry as long as it only records, and that there is none', async () => {
    const file = join(directory, 'orc.yaml');
    const rules = [{ dag_id: 'orders', classes: ['timeout', 'data'], start: 'repair' }];
    const explain = async (mode: string): Promise<string> => {
      writeFileSync(file, JSON.stringify({ actions: { trigger: { mode, rules } } }));
      return printed('explain', 'orders', '--config', file);
    };
    const shadowed = await explain('shadow');
    expect(shadowed).toMatch(/data +trigger +shadowed +failed of data: a run of repair is recorded only/);
    expect(shadowed).toMatch(/data +retry +recommended/);
    const proposed = await explain('approve');
    expect(proposed).toMatch(/data +trigger +proposed/);
    expect(proposed).not.toMatch(/data +retry/);
    expect(proposed).toContain('No DAG repair is known in prod: it cannot be started.');
  });

  it('promotes nothing that was not measured, and reports', async () => {
    const refused = await orc('promote', 'retry', '--deployment', 'prod');
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('retry on prod has not earned it: too few outcomes');
    expect(await printed('demote', 'retry', '--deployment', 'prod')).toContain('was not automatic');
    expect(await printed('report')).toMatch(/prod +retry +transient_infrastructure +approve +approved +1/);
  });
});
