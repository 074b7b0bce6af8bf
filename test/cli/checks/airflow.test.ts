import { afterEach, describe, expect, it } from 'vitest';
import { AIRFLOW_CHECKS, checkAirflow } from '../../../cli/checks/airflow.js';
import type { Check } from '../../../cli/checks/check.js';
import { silentLogger } from '../../../core/logger.js';
import { FakeAirflow, type FakeOptions } from '../../collector/airflow/fake-airflow.js';
import type { FakeWorld } from '../../collector/airflow/fake-rows.js';
import { emptyWorld, smallWorld } from '../../collector/airflow/fake-world.js';
import { FakeAirflow2 } from '../../collector/airflow/v1/fake-airflow-2.js';
import { deploymentOf } from '../../collector/airflow/harness.js';
import { scriptedServer } from '../../collector/airflow/http/scripted-server.js';

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()));
});

async function fake(world: FakeWorld = smallWorld(), options: FakeOptions = {}): Promise<FakeAirflow> {
  const airflow = await new FakeAirflow(world, options).start();
  airflow.log = () => '{"event":"Task started"}\n';
  closers.push(() => airflow.stop());
  return airflow;
}

async function check(url: string, config: Record<string, unknown> = {}, now?: number) {
  const checks = await checkAirflow(deploymentOf(url, { timeout_seconds: 5, ...config }), {
    logger: silentLogger(),
    clock: () => now ?? Date.now() / 1000,
    signal: new AbortController().signal,
    onCheck: () => undefined,
  });
  return new Map(checks.map((found) => [found.name, found]));
}

/** Names of the checks that ended so. */
const names = (checks: ReadonlyMap<string, Check>, status: Check['status']): string[] =>
  [...checks.values()].filter((found) => found.status === status).map(({ name }) => name);

const forbid = (airflow: FakeAirflow, path: RegExp): void => {
  airflow.interfere = (request) =>
    path.test(request.path) ? { status: 403, body: '{"detail":"Forbidden"}' } : undefined;
};

describe('checkAirflow', () => {
  it('finds nothing wrong with a healthy Airflow, each check once and in order', async () => {
    const airflow = await fake({ ...smallWorld(), version: '3.3.2' }, { prefix: '/team' });
    const checks = await check(airflow.url, { page_size: 5 }, airflow.world.now);
    expect([...checks.keys()]).toEqual(AIRFLOW_CHECKS);
    expect(names(checks, 'ok')).toEqual(AIRFLOW_CHECKS);
    expect(checks.get('version')!.found).toBe('Airflow 3.3.2');
    expect(checks.get('read_dags')!.found).toBe('allowed, 3 seen');
    expect(airflow.requests.every(({ method, path }) => method === 'GET' || path === '/auth/token')).toBe(
      true,
    );
  });

  it('tests an Airflow 2 through its own API', async () => {
    const airflow = await new FakeAirflow2(smallWorld()).start();
    closers.push(() => airflow.stop());
    const checks = await check(airflow.url, { page_size: 5 }, airflow.world.now);
    expect(names(checks, 'failed')).toEqual([]);
    expect(checks.get('version')!.found).toMatch(/^Airflow 2\./);
    expect(checks.get('login')!.status).toBe('ok');
    expect(checks.get('read_dags')!.found).toBe('allowed, 3 seen');
    expect(checks.get('read_dag_versions')).toMatchObject({ status: 'skipped' });
    expect(airflow.requests.every(({ path }) => path.startsWith('/api/'))).toBe(true);
    const refused = await check(airflow.url, { password: 'wrong' }, airflow.world.now);
    expect(refused.get('login')).toMatchObject({ status: 'failed' });
    expect(refused.get('login')!.fix).toContain('airflow users reset-password');
    expect(refused.get('login')!.fix).toContain('airflow.api.auth.backend.basic_auth');
  });

  it.each([
    ['read_dags', /\/dags$/, ['read_dags'], 'can read on DAGs'],
    ['read_tasks', /\/tasks$/, ['read_tasks'], 'can read on Task Instances'],
    ['read_dag_runs', /\/dagRuns$/, ['read_dag_runs'], 'can read on DAG Runs'],
    ['read_task_instances', /\/taskInstances$/, ['read_task_instances'], 'can read on Task Instances'],
    ['read_tries', /\/tries$/, ['read_tries'], 'can read on Task Instances'],
    ['read_dag_versions', /\/dagVersions$/, ['read_dag_versions'], 'can read on DAG Versions'],
    ['read_pools', /\/pools$/, ['read_pools'], 'can read on Pools'],
    ['read_logs', /\/logs\/\d+$/, [], 'can read on Task Logs'],
  ])('names %s as the only permission that is missing', async (name, path, failed, right) => {
    const airflow = await fake();
    // Without GET /auth/token and with FAB's own routes, the fake stands for the FAB provider.
    airflow.interfere = (request) => {
      if (request.path === '/auth/token' && request.method === 'GET') return { status: 404 };
      if (request.path.startsWith('/auth/fab/')) return { status: 401 };
      return path.test(request.path) ? { status: 403, body: '{"detail":"Forbidden"}' } : undefined;
    };
    const checks = await check(airflow.url);
    expect(names(checks, 'failed')).toEqual(failed);
    expect(checks.get('login')!.status).toBe('ok');
    expect(checks.get(name)!.found).toContain('HTTP 403');
    expect(checks.get(name)!.fix).toContain('airflow users add-role --username viewer --role Viewer');
    expect(checks.get(name)!.fix).toContain(right);
  });

  it('says how to add a user of the SimpleAuthManager when the password is wrong, and asks once', async () => {
    const airflow = await fake();
    airflow.password = 'another';
    const checks = await check(airflow.url);
    expect(names(checks, 'failed')).toEqual(['login']);
    expect(checks.get('login')!.found).toContain('refuses user "viewer": wrong user name or password');
    expect(checks.get('login')!.fix).toContain('simple_auth_manager_passwords.json.generated');
    expect(checks.get('login')!.fix).toContain('"viewer:viewer"');
    expect(names(checks, 'skipped')).toEqual(AIRFLOW_CHECKS.slice(AIRFLOW_CHECKS.indexOf('login') + 1));
    expect(airflow.requests.filter(({ method }) => method === 'POST')).toHaveLength(1);
  });

  it('tells a token that is refused from a right that is missing', async () => {
    const airflow = await fake();
    const token = (exp: number, secret: string): string =>
      `x.${Buffer.from(JSON.stringify({ exp, secret })).toString('base64url')}.x`;
    const with_ = (value: string) =>
      check(airflow.url, { username: null, password: null, token: value }, airflow.world.now);
    const later = airflow.world.now + 30 * 86_400;
    expect((await with_(token(later, 'first'))).get('login')).toMatchObject({ status: 'ok' });
    expect((await with_(token(airflow.world.now + 3600, 'first'))).get('login')).toMatchObject({
      status: 'warning',
      fix: expect.stringContaining('username and password') as string,
    });
    expect((await with_(token(later, 'former'))).get('login')).toMatchObject({
      status: 'failed',
      found: expect.stringContaining('token is not valid') as string,
    });
  });

  it('blames the address when no Airflow is there, and the version when there is an old one', async () => {
    const html = await scriptedServer((_request, response) =>
      response.end('<html><title>Grafana</title></html>'),
    );
    closers.push(() => html.stop());
    const foreign = await check(html.url);
    expect(names(foreign, 'failed')).toEqual(['address']);
    expect(foreign.get('address')!.found).toContain('Grafana');
    const airflow = await fake(smallWorld(), { prefix: '/team' });
    const wrongPrefix = await check(airflow.url.replace('/team', '/other'));
    expect(names(wrongPrefix, 'failed')).toEqual(['address']);
    expect(wrongPrefix.get('address')!.fix).toContain('path prefix');
    const old = await fake();
    old.world.version = '1.10.15';
    expect(names(await check(old.url), 'failed')).toEqual(['version']);
  });

  it('tells clocks that differ, in which direction, and a page size that Airflow cuts', async () => {
    const airflow = await fake(smallWorld(), { maxPageLimit: 4 });
    const ahead = await check(airflow.url, { page_size: 6 }, airflow.world.now - 90);
    expect(ahead.get('clock_skew')).toMatchObject({
      status: 'warning',
      found: expect.stringMatching(/clock is (90|91) s ahead of this one/) as string,
    });
    expect(ahead.get('page_size')).toMatchObject({
      status: 'warning',
      fix: expect.stringContaining('Set page_size: 4') as string,
    });
    const behind = await check(airflow.url, {}, airflow.world.now + 90);
    expect(behind.get('clock_skew')!.found).toContain('behind');
  });

  it('tests what it can while Airflow is empty', async () => {
    const checks = await check((await fake(emptyWorld())).url);
    expect(names(checks, 'skipped')).toEqual([
      'read_tasks',
      'read_tries',
      'read_logs',
      // Airflow lists them from 3.3 on.
      'read_deadlines',
      'page_size',
    ]);
    expect(checks.get('read_dags')).toMatchObject({
      status: 'warning',
      found: 'allowed, but this user sees no DAG',
    });
    expect(names(checks, 'failed')).toEqual([]);
  });

  it('warns of a user who may list connections', async () => {
    const airflow = await fake();
    airflow.interfere = ({ path }) =>
      path.endsWith('/connections')
        ? { status: 200, body: '{"connections":[],"total_entries":3}' }
        : undefined;
    expect((await check(airflow.url)).get('least_role')).toMatchObject({ status: 'warning' });
    forbid(airflow, /\/connections$/);
    expect((await check(airflow.url)).get('least_role')).toMatchObject({ status: 'ok' });
  });

  it('goes on after a reading that breaks, and shows no secret', async () => {
    const airflow = await fake();
    airflow.interfere = ({ path }) =>
      path.endsWith('/pools') ? { status: 500, body: '{"detail":"boom"}' } : undefined;
    const checks = await check(airflow.url);
    expect(names(checks, 'failed')).toEqual(['read_pools']);
    expect(JSON.stringify([...checks.values()])).not.toContain('secret-password');
  });

  it('stops when it is told to', async () => {
    const airflow = await fake();
    const stop = new AbortController();
    airflow.interfere = ({ path }) => {
      if (path.endsWith('/pools')) stop.abort();
      return undefined;
    };
    const running = checkAirflow(deploymentOf(airflow.url), {
      logger: silentLogger(),
      clock: () => airflow.world.now,
      signal: stop.signal,
      onCheck: () => undefined,
    });
    await expect(running).rejects.toMatchObject({ code: 'cancelled' });
  });
});
