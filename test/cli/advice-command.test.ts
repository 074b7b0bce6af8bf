import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { AdviceFile } from '../../actions/advice/index.js';
import { temporaryDatabase, type TemporaryDatabase } from '../support/database.js';
import { runOrc } from '../support/orc.js';

const directory = mkdtempSync(join(tmpdir(), 'orc-advice-command-'));
const out = join(directory, 'advice.json');
let store: TemporaryDatabase;
const orc = (...args: string[]) =>
  runOrc(['advice', ...args], { ORC_DATABASE_URL: store.url, ORC_LOG_LEVEL: 'error' });

beforeAll(async () => {
  store = await temporaryDatabase();
  for (const [task, isActive] of [
    ['fetch', true],
    ['train', true],
    ['gone', false],
  ] as const)
    await store.database.execute(
      `INSERT INTO task_fact (deployment, dag_id, task_id, pool_slots, retries, queue, is_mapped, downstream_task_ids,
         is_active, event_time, known_at, visibility_assumed, source)
       VALUES ('default', 'load', $1, 1, 1, 'default', false, '{}', $2, now(), now(), false, 'test')`,
      [task, isActive],
    );
  const failed = (task: string, run: string, failureClass: string, daysAgo: number) =>
    store.database.execute(
      `INSERT INTO failure_reason_fact (deployment, dag_id, run_id, task_id, map_index, try_number, class,
         event_time, known_at, visibility_assumed, source)
       VALUES ('default', 'load', $1, $2, -1, 1, $3, now() - make_interval(days => $4), now(), false, 'test')`,
      [run, task, failureClass, daysAgo],
    );
  for (const run of ['a', 'b', 'c']) {
    for (const task of ['fetch', 'gone']) await failed(task, run, 'transient_infrastructure', 1);
    await failed('train', run, 'code', 1);
    await failed('train', `long ago ${run}`, 'transient_infrastructure', 30);
  }
});
afterAll(async () => {
  await store.drop();
  rmSync(directory, { recursive: true });
});

it('writes advice drawn from the failures of late, for tasks that are still there', async () => {
  const { code, stdout } = await orc('--out', out);
  expect(code).toBe(0);
  expect(stdout).toMatch(/advice\.json: advice for 1 task, until 20/);
  const { version, deployments } = JSON.parse(readFileSync(out, 'utf8')) as AdviceFile;
  expect({ version, deployments }).toEqual({
    version: 1,
    deployments: {
      default: {
        load: { fetch: { retries: 3, why: '3 of 3 failures in 14 days were faults of infrastructure' } },
      },
    },
  });
});

it('says which file it cannot write, and asks for one', async () => {
  const { code, stderr } = await orc('--out', join(directory, 'nowhere/advice.json'));
  expect(code).toBe(1);
  expect(stderr).toMatch(/--out .*nowhere\/advice\.json: ENOENT[\s\S]*Name a file in a folder that exists/);
  const missing = await orc();
  expect(missing.code).toBe(2);
  expect(missing.stderr).toMatch(/required option '--out <file>'/);
});
