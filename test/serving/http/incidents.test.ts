/** Incidents as a list: by the API and on the page, on a real server and database. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readWarningQuality, type Notifications } from '../../../alerts/index.js';
import { createServer, type Server } from '../../../serving/http/server.js';
import { incidentsSchema, type IncidentsJson } from '../../../serving/http/incident-schemas.js';
import { useWorld } from '../../alerts/harness.js';
import { delivery, NOW, ODD_NAME } from '../../alerts/sketches.js';
import { serverOptions } from './harness.js';
import { ask } from './request.js';

const here = useWorld();
let notifications: Notifications;
let server: Server;
let url: string;

beforeAll(async () => {
  const { world } = here;
  notifications = world.start({ dry_run: true });
  server = createServer(serverOptions(world.database, { incidents: notifications, clock: () => world.now }));
  url = await server.listen();
});
afterAll(() => server.close());
beforeEach(async () => {
  const { world } = here;
  await world.forget();
  await notifications.takeDelivery(delivery({ dagId: 'over' }));
  await world.settle(notifications);
  world.runEnds = [{ runId: 'r', failed: false, endedAt: world.now }];
  await notifications.takeDelivery(delivery({ dagId: 'over', status: 'resolved' }));
  await world.settle(notifications);
  world.runEnds = [];
  await notifications.takeDelivery(
    delivery({ dagId: ODD_NAME, team: 'core', severity: 'critical' }, { kind: 'platform', alertname: 'Odd' }),
  );
});

const list = async (query = ''): Promise<IncidentsJson> => {
  const { status, text } = await ask(url, `/api/v1/incidents${query}`);
  expect(status).toBe(200);
  return incidentsSchema.parse(JSON.parse(text));
};
const subjects = async (query: string): Promise<string[]> =>
  (await list(query)).incidents.map(({ subject }) => subject);

describe('GET /api/v1/incidents', () => {
  it('tells those that go on, with what their messages say', async () => {
    const { total, incidents } = await list();
    expect(total).toBe(2);
    expect(incidents.map(({ kind }) => kind)).toEqual(['platform', 'failure']);
    expect(incidents[1]).toMatchObject({
      ...{
        deployment: 'production',
        subject: ODD_NAME,
        team: 'core',
        severity: 'critical',
        phase: 'at_risk',
      },
      ...{ risk: 0.72, closed_at: null, outcome: null, told_at: null, not_useful: 0 },
    });
    expect(incidents[1]!.reasons[0]).toContain('Task `load` failed');
  });

  it('tells those that are over with what happened', async () => {
    const { incidents } = await list('?state=closed');
    expect(incidents).toMatchObject([{ subject: 'over', phase: 'closed', outcome: 'succeeded' }]);
    expect(Date.parse(incidents[0]!.told_at!) / 1000).toBeGreaterThan(NOW);
    expect(Date.parse(incidents[0]!.closed_at!)).toBeGreaterThan(Date.parse(incidents[0]!.told_at!));
  });

  it('filters, and counts what the limit leaves out', async () => {
    expect(await subjects('?state=all&kind=failure')).toEqual([ODD_NAME, 'over']);
    expect(await subjects('?team=core')).toEqual([ODD_NAME]);
    expect(await subjects('?deployment=staging')).toEqual([]);
    expect(await list('?state=all&limit=1')).toMatchObject({ total: 3, incidents: [{ kind: 'platform' }] });
  });

  it.each([
    ['state=gone', /expected open, closed or all/],
    ['kind=fire', /expected one of failure, lateness/],
    ['limit=0', /expected a whole number from 1 to 1000/],
    ['dag=a', /dag is not known: expected state, deployment/],
  ])('refuses %s', async (query, message) => {
    const { status, text } = await ask(url, `/api/v1/incidents?${query}`);
    expect(status).toBe(400);
    expect((JSON.parse(text) as { error: { message: string } }).error.message).toMatch(message);
  });

  it('accepts no other method', async () => {
    expect((await ask(url, '/api/v1/incidents', { method: 'POST' })).status).toBe(405);
  });
});

describe('the page of incidents', () => {
  it('shows both lists, with every name as text', async () => {
    const { status, text } = await ask(url, '/incidents');
    expect(status).toBe(200);
    expect(text).toContain('2 incidents');
    expect(text).toContain('the run succeeded');
    expect(text).toContain('<strong>critical</strong>');
    expect(text).toContain('&#60;b&#62;');
    expect(text).not.toContain('<b>`x`');
  });

  it('says so when there are none', async () => {
    await here.world.forget();
    const { text } = await ask(url, '/incidents');
    expect(text).toContain('Nothing is wrong as far as anybody warned of.');
  });
});

describe('how warnings turned out', () => {
  const judge = async () => readWarningQuality(here.world.database, NOW - 3600);

  it('counts a warning right when its run failed, unless somebody called it not useful', async () => {
    const { world } = here;
    // `over` came to nothing; this one fails and recovers.
    await notifications.takeDelivery(delivery({ dagId: 'fails' }));
    await notifications.takeDelivery(delivery({ dagId: 'fails', alertname: 'OrcDagFailed' }));
    await world.settle(notifications);
    world.runEnds = [{ runId: 'r', failed: false, endedAt: world.now }];
    for (const alertname of ['OrcDagFailureRisk', 'OrcDagFailed'])
      await notifications.takeDelivery(delivery({ dagId: 'fails', alertname, status: 'resolved' }));
    await world.settle(notifications);
    expect(await judge()).toEqual([{ deployment: 'production', judged: 2, right: 1 }]);
    await world.database.execute(
      `INSERT INTO incident_feedback (incident_id, verdict, channel, user_id, given_at)
       SELECT incident_id, 'not_useful', 'slack', 'U1', closed_at FROM incident WHERE subject = 'fails'`,
    );
    expect(await judge()).toEqual([{ deployment: 'production', judged: 2, right: 0 }]);
  });

  it('leaves out what went on before', async () => {
    expect(await readWarningQuality(here.world.database, here.world.now + 1)).toEqual([]);
  });
});
