/** /api/v1/actions on a real server and a real ledger. */
import { beforeEach, describe, expect, it } from 'vitest';
import { readAudit } from '../../../actions/audit/index.js';
import { changeAction, readStop } from '../../../actions/index.js';
import { createActionDesk } from '../../../cli/action-desk.js';
import type { Database } from '../../../core/database/port.js';
import type { ActionDesk } from '../../../serving/index.js';
import { createToken } from '../../../serving/auth/tokens.js';
import {
  actionReportSchema,
  actionSchema,
  actionsSchema,
  stopSchema,
  type ActionJson,
  type ActionsJson,
} from '../../../serving/http/action-schemas.js';
import { errorSchema } from '../../../serving/http/schemas.js';
import { addPoolRow, addRow } from '../../actions/ledger/rows.js';
import { NOW } from '../support.js';
import { useServer } from './harness.js';
import type { Answer, Ask } from './request.js';

const ODD = 'team/odd <b>🚀</b> "&\'';
const tokens = new Map<string, string>();
let desk: ActionDesk;
let decided = 0;
/** The server is made before its database is known. */
const lateDesk: ActionDesk = {
  list: (filter) => desk.list(filter),
  find: (id) => desk.find(id),
  decide: (...decision) => desk.decide(...decision),
  stop: () => desk.stop(),
  setStopped: (...change) => desk.setStopped(...change),
  summary: () => desk.summary(),
  report: () => desk.report(),
};
const http = useServer({ actionDesk: lateDesk }, async (database) => {
  desk = createActionDesk({ database, clock: () => NOW + 60, onDecided: () => (decided += 1) });
  for (const [name, role] of [
    ['look', 'viewer'],
    ['ops', 'operator'],
    ['ops two', 'operator'],
    ['root', 'admin'],
  ] as const)
    tokens.set(name, await createToken(database, { name, role, expiresAt: null }, () => NOW));
});

beforeEach(async () => {
  await http.database.execute('TRUNCATE action RESTART IDENTITY CASCADE');
  await http.database.execute('UPDATE action_control SET stopped_at = NULL, stopped_by = NULL');
});

const asked = (name: string, more: Ask = {}): Ask => ({
  ...more,
  headers: { authorization: `Bearer ${tokens.get(name)!}`, ...more.headers },
});
const get = (path: string, name = 'look'): Promise<Answer> => http.ask(`/api/v1/actions${path}`, asked(name));
const post = (path: string, name: string, body?: string, headers = {}): Promise<Answer> =>
  http.ask(
    `/api/v1/actions${path}`,
    asked(name, { method: 'POST', headers, ...(body === undefined ? {} : { body }) }),
  );
const list = async (query = ''): Promise<ActionsJson> => {
  const answer = await get(query);
  expect(answer.status).toBe(200);
  return actionsSchema.parse(answer.json);
};
const ids = async (query: string): Promise<number[]> =>
  (await list(query)).actions.map(({ action_id }) => action_id);
const trail = async (database: Database) => {
  const entries = [];
  for await (const { entry } of readAudit(database))
    entries.push(JSON.parse(entry) as Record<string, unknown>);
  return entries;
};
const errorOf = ({ json }: Answer) => errorSchema.parse(json).error;

describe('GET /api/v1/actions', () => {
  it('tells all of a row, with names as they are', async () => {
    await addRow(http.database, NOW, { dagId: ODD, runId: ODD });
    const { actions, stopped, next_before } = await list();
    expect([stopped, next_before]).toEqual([null, null]);
    expect(actions).toEqual([
      {
        ...{ action_id: 1, deployment: 'production', action: 'retry', dag_id: ODD, run_id: ODD, pool: null },
        ...{ cause: 'transient_infrastructure', mode: 'approve', arm: 'treated', state: 'proposed' },
        ...{ reason: 'its failure may have passed; a person decides', refusal: null, decided_by: 'orc' },
        ...{ recorded_at: '2026-11-23T12:00:00.000Z', due_at: '2026-11-23T12:05:00.000Z' },
        ...{
          changed_at: '2026-11-23T12:00:00.000Z',
          called_at: null,
          expires_at: null,
          follows: null,
          helped: null,
          run_failed: null,
          target_dag_id: ODD,
        },
      },
    ]);
    expect(actionSchema.parse((await get('/1')).json)).toEqual(actions[0]);
  });

  it('tells of an action on a pool, and of what follows it', async () => {
    await addPoolRow(http.database, NOW, ODD);
    await addPoolRow(http.database, NOW, ODD, { incident: 'undo', follows: 1, state: 'approved' });
    const pool = { action: 'resize_pool', dag_id: null, run_id: null, pool: ODD, cause: 'starving_pool' };
    expect((await list()).actions).toMatchObject([
      { ...pool, follows: 1, state: 'approved' },
      { ...pool, follows: null, state: 'proposed' },
    ]);
  });

  it('filters by state, deployment and DAG, and pages through all of them', async () => {
    for (let n = 1; n <= 5; n++)
      await addRow(http.database, NOW, {
        ...{
          runId: `r${n}`,
          dagId: n === 2 ? ODD : 'orders',
          deployment: n === 3 ? 'staging' : 'production',
        },
        state: n < 4 ? 'proposed' : 'shadowed',
      });
    expect(await ids('?state=shadowed')).toEqual([5, 4]);
    expect(await ids('?deployment=staging')).toEqual([3]);
    expect(await ids(`?dag_id=${encodeURIComponent(ODD)}`)).toEqual([2]);
    const first = await list('?limit=2');
    expect([first.actions.map(({ action_id }) => action_id), first.next_before]).toEqual([[5, 4], 4]);
    expect(await ids('?limit=2&before=4')).toEqual([3, 2]);
    expect(await list('?limit=2&before=2')).toMatchObject({ actions: [{ action_id: 1 }], next_before: null });
  });

  it.each([
    ['?state=open', /expected one of recommended, held_out/],
    ['?limit=1001', /expected a whole number from 1 to 1000/],
    ['?before=x', /expected an action_id/],
    ['?dag=a', /dag is not known: expected state, deployment, dag_id, limit, before/],
  ])('refuses %s', async (query, message) => {
    const answer = await get(query);
    expect(answer.status).toBe(400);
    expect(errorOf(answer).message).toMatch(message);
  });

  it.each(['/2', '/0', '/x', '/99999999999999999999', '/1%20'])('404 for %s', async (path) => {
    expect((await get(path)).status).toBe(404);
  });
});

describe('approve and reject', () => {
  beforeEach(() => addRow(http.database, NOW));

  it('writes who decided, why and under which request into ledger and audit trail', async () => {
    const answer = await post('/1/approve', 'ops', '{"why":"the\\nnetwork is back"}', {
      'x-request-id': 'ticket-7',
    });
    expect(answer.status).toBe(200);
    expect(answer.headers['x-request-id']).toBe('ticket-7');
    const decided = { state: 'approved', decided_by: 'ops', reason: 'the network is back' };
    expect(answer.json).toMatchObject({ ...decided, changed_at: '2026-11-23T12:01:00.000Z' });
    expect((await trail(http.database)).at(-1)).toMatchObject({
      ...{ who: 'ops', what: 'action.approved', why: 'the network is back', request_id: 'ticket-7' },
      ...{ before: { state: 'proposed' }, after: { action: 1, state: 'approved' } },
    });
  });

  it('changes something once, and answers the same again', async () => {
    decided = 0;
    const first = await post('/1/reject', 'ops');
    const entries = (await trail(http.database)).length;
    const again = await post('/1/reject', 'ops');
    expect([again.status, again.json]).toEqual([200, first.json]);
    expect((await trail(http.database)).length).toBe(entries);
    expect(decided).toBe(1);
    expect(first.json).toMatchObject({ state: 'rejected', reason: 'decided by hand' });
  });

  it('knows the same press when Airflow has been called since', async () => {
    await post('/1/approve', 'ops');
    for (const state of ['calling', 'done'] as const)
      await changeAction(http.database, 1, ['approved', 'calling'], { state, reason: 'x' }, 'orc', NOW);
    expect((await post('/1/approve', 'ops')).json).toMatchObject({ state: 'done', decided_by: 'ops' });
    expect((await post('/1/approve', 'ops two')).status).toBe(409);
  });

  it.each([
    ['/1/reject', 'ops'],
    ['/1/approve', 'ops two'],
    ['/1/reject', 'ops two'],
  ])('says what was decided by whom when %s comes too late, from %s', async (path, name) => {
    await post('/1/approve', 'ops');
    const answer = await post(path, name);
    expect(answer.status).toBe(409);
    expect(errorOf(answer)).toEqual({
      code: 'conflict',
      message: 'Action 1 is approved (by ops), not proposed: nothing was changed.',
      ...{ state: 'approved', decided_by: 'ops' },
    });
    expect((await list()).actions[0]).toMatchObject({ state: 'approved', decided_by: 'ops' });
  });

  it('lets one of two who press at once decide', async () => {
    const before = (await trail(http.database)).length;
    const answers = await Promise.all([post('/1/approve', 'ops'), post('/1/reject', 'ops two')]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    expect((await trail(http.database)).length).toBe(before + 1);
  });

  it('needs a token of the role operator', async () => {
    expect((await http.ask('/api/v1/actions/1/approve', { method: 'POST' })).status).toBe(401);
    expect((await post('/1/approve', 'look')).status).toBe(403);
    expect((await list()).actions[0]!.state).toBe('proposed');
  });

  it.each([
    ['{"why":""}', 'why: expected 1 to 500 characters'],
    [`{"why":"${'x'.repeat(501)}"}`, 'why: expected 1 to 500 characters'],
    ['{"why":7}', 'why: expected 1 to 500 characters'],
    ['{"reason":"x"}', 'reason is not known: expected why'],
    ['[]', 'expected a JSON object with why'],
    ['{', 'JSON'],
  ])('refuses the body %s', async (body, message) => {
    const answer = await post('/1/approve', 'ops', body);
    expect(answer.status).toBe(400);
    expect(errorOf(answer).message).toContain(message);
    expect((await list()).actions[0]!.state).toBe('proposed');
  });

  it('404 for an action that does not exist, 405 for another method, 413 for a huge body', async () => {
    expect((await post('/9/approve', 'ops')).status).toBe(404);
    expect((await post('/x/approve', 'ops')).status).toBe(404);
    expect((await get('/1/approve')).status).toBe(405);
    expect((await post('', 'ops')).status).toBe(405);
    expect((await post('/1/approve', 'ops', ' '.repeat(20_000))).status).toBe(413);
  });

  it('refuses a browser on another site', async () => {
    const answer = await post('/1/approve', 'ops', '{}', { origin: 'https://evil.example.com' });
    expect(answer.status).toBe(403);
    expect(errorOf(answer).code).toBe('origin_not_allowed');
  });
});

describe('stop and resume', () => {
  it('needs admin, holds, and is told with the list', async () => {
    expect((await post('/stop', 'ops')).status).toBe(403);
    const stopped = { by: 'root', at: '2026-11-23T12:01:00.000Z' };
    for (let time = 0; time < 2; time++)
      expect(stopSchema.parse((await post('/stop', 'root')).json)).toEqual({ stopped });
    expect((await list()).stopped).toEqual(stopped);
    expect(await readStop(http.database)).toEqual({ by: 'root', at: NOW + 60 });
    expect((await post('/resume', 'root')).json).toEqual({ stopped: null });
    const flips = (await trail(http.database)).filter(({ what }) => String(what).startsWith('actions.'));
    expect(flips.map(({ what, who, request_id }) => [what, who, typeof request_id])).toEqual([
      ['actions.stop', 'root', 'string'],
      ['actions.resume', 'root', 'string'],
    ]);
  });
});

describe('GET /api/v1/actions/report', () => {
  it('counts, and tells what acting was worth with its interval', async () => {
    for (let n = 0; n < 40; n++)
      await addRow(http.database, NOW, {
        runId: `r${n}`,
        arm: n % 2 === 0 ? 'treated' : 'held_out',
        state: 'done',
      });
    await http.database.execute(
      `UPDATE action SET helped = true, run_failed = (arm = 'held_out'), treated_probability = 0.5`,
    );
    const { counts, value } = actionReportSchema.parse((await get('/report')).json);
    expect(counts).toMatchObject([{ action: 'retry', state: 'done', count: 40, helped: 40 }]);
    expect(value[0]).toMatchObject({
      ...{ action: null, cause: null, treated: { incidents: 20, known: 20, failed: 0 } },
      ...{ held_out: { incidents: 20, failed: 20 }, failures_avoided: { estimate: 1 }, minutes_saved: null },
      total: { failures_avoided: { estimate: 20 } },
    });
    expect(value[0]!.failures_avoided!.low).toBeGreaterThan(0.5);
  });

  it('is empty before anything was drawn', async () => {
    expect((await get('/report')).json).toEqual({ stopped: null, counts: [], value: [] });
  });
});

it('describes itself: every answer of an action fits its schema by name', async () => {
  await addRow(http.database, NOW);
  const { json } = await http.ask('/api/v1/openapi.json', asked('look'));
  const { components } = json as { components: { schemas: Record<string, { required: string[] }> } };
  const [action] = (await list()).actions as (ActionJson & Record<string, unknown>)[];
  expect(components.schemas['Action']!.required.sort()).toEqual(Object.keys(action!).sort());
});
