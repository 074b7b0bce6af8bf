/** The page of actions and its forms, on a real server and a real ledger. */
import { beforeEach, describe, expect, it } from 'vitest';
import { follow } from '../../../actions/ledger/write.js';
import { changeAction, findAction, readStop } from '../../../actions/index.js';
import { createActionDesk } from '../../../cli/action-desk.js';
import { createToken } from '../../../serving/auth/tokens.js';
import type { ActionDesk } from '../../../serving/index.js';
import { addPoolRow, addRow } from '../../actions/ledger/rows.js';
import { useServer } from '../http/harness.js';
import type { Answer } from '../http/request.js';
import { NOW, sketchSource } from '../support.js';

const EVIL = `<img src=x onerror="alert(1)">'&🚀`;
const EVIL_HTML = '&#60;img src=x onerror=&#34;alert(1)&#34;&#62;&#39;&#38;🚀';
const tokens = new Map<string, string>();
let desk: ActionDesk;
let decided = 0;
/** The page tells what acting was worth a minute old at most. */
let minutes = 0;
let isStoreAway = false;
const away = <T>(work: Promise<T>): Promise<T> =>
  isStoreAway ? work.then(() => Promise.reject(new Error('the store is away'))) : work;
const lateDesk: ActionDesk = {
  list: (filter) => away(desk.list(filter)),
  find: (id) => desk.find(id),
  decide: (...decision) => desk.decide(...decision),
  stop: () => desk.stop(),
  setStopped: (...change) => desk.setStopped(...change),
  summary: () => desk.summary(),
  report: () => desk.report(),
};
const http = useServer(
  { actionDesk: lateDesk, scorer: sketchSource([{ dagId: 'orders', risk: 0.5 }]) },
  async (database) => {
    desk = createActionDesk({ database, clock: () => NOW + minutes * 60, onDecided: () => (decided += 1) });
    for (const [name, role] of [
      ['look', 'viewer'],
      ['ops', 'operator'],
      ['root', 'admin'],
    ] as const)
      tokens.set(name, await createToken(database, { name, role, expiresAt: null }, () => NOW));
  },
);

beforeEach(async () => {
  isStoreAway = false;
  await http.database.execute('TRUNCATE action, action_total RESTART IDENTITY CASCADE');
  minutes += 1;
  await http.database.execute('UPDATE action_control SET stopped_at = NULL, stopped_by = NULL');
});

const cookie = (name: string) => ({ cookie: `orc_session=${tokens.get(name)!}` });
const page = async (name: string, path = '/actions'): Promise<string> => {
  const { status, text } = await http.ask(path, { headers: cookie(name) });
  expect(status).toBe(200);
  return text.slice(text.indexOf('<nav'), text.indexOf('</main>'));
};
const words = async (name: string, path?: string): Promise<string> =>
  (await page(name, path)).replaceAll(/<[^>]*>/g, ' ').replaceAll(/\s+/g, ' ');
const send = (
  path: string,
  name: string,
  fields = '',
  headers: object = { origin: http.url },
): Promise<Answer> =>
  http.ask(`/actions${path}`, {
    method: 'POST',
    body: fields,
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...cookie(name), ...headers },
  });

describe('the page of actions', () => {
  it('puts what waits first, with what it is about, why, and buttons for who may', async () => {
    await addRow(http.database, NOW, { dagId: EVIL, runId: EVIL });
    await addRow(http.database, NOW, { state: 'shadowed', reason: 'it would be retried' });
    const text = await page('ops');
    expect(text.indexOf('Waits for a decision')).toBeLessThan(text.indexOf('What acting was worth'));
    expect(text).toContain(EVIL_HTML);
    expect(text).not.toContain('<img src=x');
    expect(text).toContain(
      `href="/dags/${encodeURIComponent(EVIL).replaceAll("'", '&#39;')}?deployment=production"`,
    );
    expect(text).toContain('action="/actions/1/approve"');
    expect(text).toContain('formaction="/actions/1/reject"');
    expect(text).not.toMatch(/<script(?![^>]* src=)|\sstyle=|\son\w+="/);
    const shown = await words('ops');
    expect(shown).toContain('Due to infrastructure . its failure may have passed');
    expect(shown).toContain('If approved it is called in 4 min .');
    expect(shown).toContain('orders scheduled__2026-11-23T11:00:00+00:00');
    expect(shown).toContain('only recorded');
  });

  it('shows an action on a pool, and what takes it back', async () => {
    await addPoolRow(http.database, NOW, EVIL);
    await addPoolRow(http.database, NOW, EVIL, { incident: 'undo', follows: 1, state: 'approved' });
    const text = await page('look');
    expect(text).toContain(`Resize pool <code>${EVIL_HTML}</code>`);
    expect(text).not.toContain('<img src=x');
    const shown = await words('look');
    expect(shown).toContain('Due to a pool without free slots . tasks have waited for 12 min');
    expect(shown).toContain('mode approve · after action 1');
  });

  it('shows no button to who may not press it, and says what is needed', async () => {
    await addRow(http.database, NOW);
    const text = await page('look');
    expect(text).not.toMatch(/<form[^>]*action="\/actions/);
    expect(await words('look')).toContain('Deciding needs the role operator; yours is viewer.');
    expect(await page('ops')).not.toContain('action="/actions/stop"');
    expect(await page('root')).toContain('action="/actions/stop"');
  });

  it('says why an action was refused, and what became of one that was called', async () => {
    await addRow(http.database, NOW, { state: 'approved' });
    const refused = {
      state: 'refused',
      reason: 'the budget of 6 an hour is used up',
      refusal: 'budget_per_hour',
    } as const;
    await changeAction(http.database, 1, ['approved'], refused, 'orc', NOW);
    for (const [id, helped] of [
      [2, true],
      [3, false],
      [4, null],
    ] as const) {
      await addRow(http.database, NOW, { runId: `r${id}`, state: 'done' });
      if (helped !== null) await follow(http.database, id, helped);
    }
    const shown = await words('look');
    expect(shown).toContain('budget per hour the budget of 6 an hour is used up');
    for (const part of ['done, it helped', 'done, it did not help', 'done, its effect is awaited'])
      expect(shown).toContain(part);
    expect(shown).toContain('done 3 of them helped 1 refused 1');
  });

  it('tells the worth in words, with its interval', async () => {
    expect(await words('look')).toContain('Nothing has been measured');
    minutes += 1;
    for (let n = 0; n < 40; n++)
      await addRow(http.database, NOW, { runId: `r${n}`, arm: n % 2 === 0 ? 'treated' : 'held_out' });
    expect(await words('look')).toContain('No drawn incident has ended yet. Too little is known to compare.');
    await http.database.execute(
      `UPDATE action SET run_failed = (arm = 'held_out' OR action_id % 10 = 1), treated_probability = 0.5`,
    );
    expect(await words('look')).toContain('Too little is known to compare.');
    minutes += 1;
    expect(await words('look')).toContain(
      'Of 20 treated incidents, 4 (20.0%) failed; of 20 left alone, 20 (100%) did. ' +
        'Failures avoided per incident: 0.8 (95 % interval 0.53 to 0.92), in all 16 (10.6 to 18.4). Acting helps.',
    );
    await http.database.execute(`UPDATE action SET run_failed = (action_id % 4 < 2)`);
    minutes += 1;
    expect(await words('look')).toContain('That may be chance.');
  });

  it('is linked from every page, which say what waits; they stand when the store is away', async () => {
    expect(await words('look', '/')).not.toContain('for a decision');
    await addRow(http.database, NOW);
    for (const path of ['/', '/incidents', '/sources', '/models', '/dags/orders']) {
      expect(await page('look', path)).toContain('<a href="/actions">Actions</a>');
      expect(await words('look', path)).toContain('1 action waits for a decision. Look at it');
    }
    isStoreAway = true;
    expect(await words('look', '/')).toContain('Riskiest DAGs now');
  });

  it('names an action with the incident that it belongs to', async () => {
    await http.database.execute(
      `INSERT INTO incident (deployment, kind, subject, severity, phase, opened_at)
       SELECT 'production', 'failure', dag, 'warning', 'failed', to_timestamp($1)
       FROM unnest(ARRAY['orders', 'others']) AS dag`,
      [NOW + 30],
    );
    await addRow(http.database, NOW);
    const text = await page('look', '/incidents');
    expect(text.match(/href="\/actions#action-1"/g)).toHaveLength(1);
    expect(await words('look', '/incidents')).toContain('Run again: waits for a decision');
    await http.database.execute('DELETE FROM incident');
  });
});

describe('its forms', () => {
  it('approve and reject: on record with the name of the token and what was typed', async () => {
    decided = 0;
    await addRow(http.database, NOW);
    await addRow(http.database, NOW, { runId: 'r2' });
    const approved = await send('/1/approve', 'ops', 'why=the+network+is+back');
    expect([approved.status, approved.headers.location]).toEqual([303, '/actions']);
    expect((await send('/2/reject', 'root', 'why=+')).status).toBe(303);
    expect(await findAction(http.database, 1)).toMatchObject({
      ...{ state: 'approved', decidedBy: 'ops', reason: 'the network is back' },
    });
    expect(await findAction(http.database, 2)).toMatchObject({
      ...{ state: 'rejected', decidedBy: 'root', reason: 'decided by hand' },
    });
    expect((await send('/1/approve', 'ops')).status).toBe(303);
    expect(decided).toBe(2);
  });

  it('says what was decided by whom to who comes too late', async () => {
    await addRow(http.database, NOW);
    await send('/1/approve', 'ops');
    const late = await send('/1/reject', 'root', '', { origin: http.url, accept: 'text/html' });
    expect(late.status).toBe(409);
    expect(late.text).toContain('Action 1 is approved (by ops), not proposed: nothing was changed.');
  });

  it('stops at one click of an admin, and resumes', async () => {
    expect((await send('/stop', 'root')).status).toBe(303);
    expect(await readStop(http.database)).toEqual({ by: 'root', at: NOW + minutes * 60 });
    expect(await words('look')).toContain('Stopped by root');
    expect(await words('look', '/')).toContain('Actions are stopped.');
    expect((await send('/resume', 'root')).status).toBe(303);
    expect(await readStop(http.database)).toBeNull();
  });

  it.each([
    ['without an Origin', '/1/approve', 'ops', {}, 403],
    ['from another site', '/1/approve', 'ops', { origin: 'https://evil.example.com' }, 403],
    ['of a viewer', '/1/approve', 'look', undefined, 403],
    ['of an operator on the stop switch', '/stop', 'ops', undefined, 403],
    ['about an unknown action', '/7/approve', 'ops', undefined, 404],
  ])('refuses a press %s', async (_what, path, name, headers, status) => {
    await addRow(http.database, NOW);
    expect((await send(path, name, '', headers)).status).toBe(status);
    expect([(await findAction(http.database, 1))!.state, await readStop(http.database)]).toEqual([
      'proposed',
      null,
    ]);
  });

  it('refuses a press of who is not signed in, also on loopback', async () => {
    await addRow(http.database, NOW);
    for (const path of ['/actions/1/approve', '/actions/stop'])
      expect((await http.ask(path, { method: 'POST', headers: { origin: http.url } })).status).toBe(401);
    expect((await http.ask('/actions/1/approve', { headers: cookie('ops') })).status).toBe(404);
    expect(
      (await http.ask('/actions', { method: 'POST', headers: { ...cookie('ops'), origin: http.url } }))
        .status,
    ).toBe(405);
  });
});

describe('where there is no token', () => {
  const open = useServer({ actionDesk: lateDesk });

  it('everybody on the machine may look, and is told what deciding takes', async () => {
    await addRow(http.database, NOW);
    const { status, text } = await open.ask('/actions');
    expect(status).toBe(200);
    expect(text).toContain('orc tokens create NAME --role operator');
    expect(text).not.toMatch(/<form[^>]*action="\/actions/);
    const pressed = await open.ask('/actions/1/approve', { method: 'POST', headers: { origin: open.url } });
    expect(pressed.status).toBe(401);
  });
});
