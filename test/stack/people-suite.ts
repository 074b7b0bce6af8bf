import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readAudit } from '../../actions/audit/index.js';
import type { LedgerAction } from '../../actions/index.js';
import { sign } from '../../alerts/slack/signature.js';
import { SlackServer, TOKEN } from '../alerts/slack-server.js';
import { ActingOrc } from './acting-orc.js';
import { countTries, untilRun, type ActionsWorld } from './actions-world.js';
import { until } from './until.js';

const SIGNING_SECRET = '8f742231b10e8888abcd99yyyzzz85a5';
const APPROVER = 'U100';

/** What comes from outside to a running `orc`: Alertmanager's deliveries, and the words of people. */
export function peopleSuite(world: () => ActionsWorld): void {
  const directory = mkdtempSync(join(tmpdir(), 'orc-people-'));
  const tokens = new Map<string, string>();
  /** Runs that have failed: one for an alert, one for the API, one for Slack. */
  const runs = { alerted: '', api: '', slack: '' };
  let slack: SlackServer;
  let orc: ActingOrc;
  let address: string;

  beforeAll(async () => {
    const { airflow } = world();
    slack = await SlackServer.start();
    await airflow.createDatabase('people');
    orc = await ActingOrc.start({
      directory,
      databaseUrl: airflow.metadataUrl.replace(/airflow$/, 'people'),
      airflowUrl: airflow.url,
      actions: {
        retry: { mode: 'automatic', delay_minutes: 0.25 },
        overrides: [{ dag_id: 'outage_by_hand', mode: 'approve', delay_minutes: 0 }],
        held_out_share: 0,
        limits: { per_hour: 20, cooldown_minutes: 0, failures_in_row: 100 },
      },
      notifications: {
        slack: {
          ...{ token: TOKEN, signing_secret: SIGNING_SECRET, channel: '#data-alerts' },
          ...{ api_url: slack.url, approvers: [APPROVER] },
        },
      },
    });
    await orc.run('actions', 'promote', 'retry', '--deployment', 'stack');
    for (const [name, role] of [
      ['am', 'operator'],
      ['ann', 'operator'],
      ['bob', 'operator'],
      ['vic', 'viewer'],
    ] as const)
      tokens.set(name, (await orc.run('tokens', 'create', name, '--role', role)).trim());
    address = await orc.up();
    runs.alerted = await airflow.trigger('outage');
    for (const name of ['api', 'slack'] as const) runs[name] = await airflow.trigger('outage_by_hand');
  });
  afterAll(async () => {
    await orc.stop();
    await slack.close();
    rmSync(directory, { recursive: true, force: true });
  });

  const post = (path: string, token: string | null, body: string): Promise<Response> =>
    fetch(`${address}${path}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      },
      body,
    });
  const incidents = async (): Promise<number> =>
    (await orc.store.query('SELECT FROM incident WHERE subject = $1', ['outage'])).length;
  const retryOf = async (runId: string): Promise<LedgerAction | undefined> =>
    (await orc.ledger(runId)).find(({ kind }) => kind === 'retry');
  /** Of a run that was retried once, and has failed again. */
  async function expectSecondTry(dagId: string, runId: string): Promise<void> {
    await orc.untilAction(runId, 'done');
    const { admin } = world();
    await untilRun(admin, dagId, runId, 'failed');
    const isSecond = async (): Promise<boolean> => (await countTries(admin, dagId, runId)) === 2;
    await until(isSecond, 60, `run ${runId} has been tried twice`);
  }

  describe('a delivery of alerts', () => {
    const labels = { alertname: 'OrcDagFailed', kind: 'failure', deployment: 'stack', dag_id: 'outage' };
    const alert = {
      status: 'firing',
      labels: { ...labels, severity: 'critical' },
      annotations: { summary: 'outage failed' },
      startsAt: new Date().toISOString(),
    };
    const delivery = JSON.stringify({ version: '4', alerts: [alert] });

    it('with a forged token, none or 10 MB is refused, and leaves nothing behind', async () => {
      const huge = JSON.stringify({ version: '4', alerts: [alert], padding: 'x'.repeat(10_000_000) });
      const answers = [
        await post('/api/v1/alerts', `orc_${'A'.repeat(43)}`, delivery),
        await post('/api/v1/alerts', null, delivery),
        await post('/api/v1/alerts', tokens.get('vic')!, delivery),
        await post('/api/v1/alerts', tokens.get('am')!, huge),
      ];
      expect(answers.map(({ status }) => status)).toEqual([401, 401, 403, 413]);
      expect(await incidents()).toBe(0);
    });

    it('that comes five times acts once', async () => {
      await orc.untilAction(runs.alerted, 'approved');
      const deliver = async (): Promise<void> => {
        expect((await post('/api/v1/alerts', tokens.get('am')!, delivery)).status).toBe(200);
      };
      await Promise.all(Array.from({ length: 5 }, deliver));
      expect(await incidents()).toBe(1);
      await expectSecondTry('outage', runs.alerted);
      for (let time = 0; time < 5; time++) await deliver();
      expect(await incidents()).toBe(1);
      const ledger = async (): Promise<string[]> =>
        (await orc.ledger(runs.alerted)).map(({ kind, state }) => `${kind} ${state}`);
      await until(async () => (await ledger()).includes('note done'), 60, 'the run has its note');
      expect(await ledger()).toEqual(['retry done', 'note done']);
      expect(await countTries(world().admin, 'outage', runs.alerted)).toBe(2);
    });
  });

  describe('what waits for a person', () => {
    it('is called once an operator says so by the API; a viewer may not, and the second word comes too late', async () => {
      await orc.untilAction(runs.api, 'proposed');
      const { id } = (await retryOf(runs.api))!;
      const approve = async (name: string): Promise<number> =>
        (await post(`/api/v1/actions/${id}/approve`, tokens.get(name)!, '{"why":"the network is back"}'))
          .status;
      expect(await approve('vic')).toBe(403);
      expect(await retryOf(runs.api)).toMatchObject({ state: 'proposed' });
      expect(await approve('ann')).toBe(200);
      expect(await approve('ann')).toBe(200);
      expect(await approve('bob')).toBe(409);
      await expectSecondTry('outage_by_hand', runs.api);
      expect(await retryOf(runs.api)).toMatchObject({ state: 'done', decidedBy: 'ann', mode: 'approve' });
    });

    it('is called once an approver presses the button in Slack; forged, foreign and repeated presses do nothing', async () => {
      await orc.untilAction(runs.slack, 'proposed');
      const { id } = (await retryOf(runs.slack))!;
      const isTold = (): Promise<boolean> =>
        Promise.resolve(slack.messages.some(({ blocks }) => blocks.includes(`"value":"${id}"`)));
      await until(isTold, 60, 'Slack tells of the action');
      const press = async (user: string, secret: string, signed?: string): Promise<[number, string]> => {
        const body = new URLSearchParams({
          payload: JSON.stringify({
            ...{ type: 'block_actions', user: { id: user }, channel: { id: 'CDATA' } },
            actions: [{ action_id: 'orc_approve', value: String(id) }],
          }),
        }).toString();
        const time = String(Math.floor(Date.now() / 1000));
        const signature = signed ?? sign(Buffer.from(body), time, secret);
        const answer = await fetch(`${address}/slack/interactions`, {
          ...{ method: 'POST', body },
          headers: {
            'content-type': 'application/x-www-form-urlencoded',
            ...{ 'x-slack-request-timestamp': time, 'x-slack-signature': signature },
          },
        });
        return [answer.status, signature];
      };
      expect((await press(APPROVER, 'of somebody else'))[0]).toBe(401);
      expect((await press('U999', SIGNING_SECRET))[0]).toBe(200);
      expect(await retryOf(runs.slack)).toMatchObject({ state: 'proposed' });
      expect((await press(APPROVER, SIGNING_SECRET))[0]).toBe(200);
      await expectSecondTry('outage_by_hand', runs.slack);
      expect(await retryOf(runs.slack)).toMatchObject({ state: 'done', decidedBy: `slack:${APPROVER}` });
      expect(slack.whispers).toMatchObject([{ user: 'U999' }]);
    });

    it('is all in the audit trail, whose chain holds', async () => {
      expect(await orc.run('audit', 'verify')).toMatch(/entries/);
      const deciders: string[] = [];
      for await (const { entry } of readAudit(orc.store)) {
        const { who, what } = JSON.parse(entry) as { readonly who: string; readonly what: string };
        if (what === 'action.approved' && who !== 'orc') deciders.push(who);
      }
      expect(deciders).toEqual(['ann', `slack:${APPROVER}`]);
    });
  });
}
