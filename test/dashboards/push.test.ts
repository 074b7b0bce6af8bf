import { afterEach, beforeEach, expect, it } from 'vitest';
import type { AppError } from '../../core/errors.js';
import {
  createGrafanaClient,
  pushDashboards,
  readDashboards,
  type PushedDashboard,
} from '../../dashboards/index.js';
import { FakeGrafana } from './fake-grafana.js';

let grafana: FakeGrafana;
beforeEach(async () => {
  grafana = new FakeGrafana();
  await grafana.start();
});
afterEach(() => grafana.stop());

interface Changes {
  readonly force?: boolean;
  readonly orcUrl?: string;
  readonly folder?: string;
  readonly token?: string;
  readonly url?: string;
}

function push(changes: Changes = {}): Promise<PushedDashboard[]> {
  return pushDashboards({
    client: createGrafanaClient(changes.url ?? grafana.url, changes.token ?? grafana.token),
    dashboards: readDashboards(changes.orcUrl ?? null),
    folder: changes.folder ?? 'ORC AI',
    force: changes.force ?? false,
    version: '0.1.0',
  });
}

const outcomes = (pushed: readonly PushedDashboard[]): string[] => pushed.map(({ outcome }) => outcome);
const failure = (work: Promise<unknown>): Promise<AppError> =>
  work.then(
    () => expect.fail('did not fail'),
    (error: unknown) => error as AppError,
  );
const saves = (): number => grafana.requests.filter((name) => name === 'POST /api/dashboards/db').length;

it('makes the folder and the dashboards, and saves nothing again that is the same', async () => {
  const first = await push();
  expect(outcomes(first)).toEqual(Array(5).fill('created'));
  expect(first[0]!.path).toBe('/grafana/d/orc-risk-overview/x');
  expect(grafana.folders).toEqual([{ uid: 'f1', title: 'ORC AI' }]);
  expect([...grafana.saved.values()].map(({ folderUid }) => folderUid)).toEqual(Array(5).fill('f1'));
  expect(outcomes(await push())).toEqual(Array(5).fill('unchanged'));
  expect(saves()).toBe(5);
});

it.each([false, true])('replaces what an earlier push saved (bare list of versions: %s)', async (isBare) => {
  grafana.hasBareVersions = isBare;
  await push();
  expect(outcomes(await push({ orcUrl: 'https://orc.example.com/' }))).toEqual(Array(5).fill('updated'));
  const saved = JSON.stringify(grafana.saved.get('orc-dag-detail')!.model);
  expect(saved).toContain('"query":"https://orc.example.com"');
});

it('leaves all alone when somebody edited one, until forced', async () => {
  await push();
  grafana.edit('orc-platform', 'wider table');
  const before = saves();
  const error = await failure(push({ orcUrl: 'https://orc.example.com' }));
  expect(error).toMatchObject({ code: 'conflict' });
  expect(error.message).toBe(
    'nothing was pushed: "ORC / Platform" was last saved by anna at 2026-11-25T20:00:00Z, not by a push',
  );
  expect(saves()).toBe(before);
  expect(outcomes(await push({ orcUrl: 'https://orc.example.com', force: true }))).toEqual(
    Array(5).fill('updated'),
  );
  expect(outcomes(await push({ orcUrl: 'https://orc.example.com' }))).toEqual(Array(5).fill('unchanged'));
});

it('does not overwrite what is saved between the look and the push', async () => {
  await push();
  grafana.interfere = (request) => {
    if (request === 'POST /api/dashboards/db' && grafana.saved.get('orc-health')!.versions.length === 1)
      grafana.edit('orc-health');
    return undefined;
  };
  const error = await failure(push({ orcUrl: 'https://orc.example.com' }));
  expect(error).toMatchObject({ code: 'conflict' });
  expect(error.message).toContain('"ORC / ORC health": "The dashboard has been changed by someone else"');
});

it('refuses provisioned dashboards even when forced', async () => {
  await push();
  grafana.saved.get('orc-health')!.provisioned = true;
  const error = await failure(push({ force: true, orcUrl: 'https://orc.example.com' }));
  expect(error.message).toBe('nothing was pushed: "ORC / ORC health" is provisioned from a file');
});

it('takes a folder by title or uid, and asks which of several', async () => {
  grafana.folders.push({ uid: 'a', title: 'Team' }, { uid: 'b', title: 'Team' });
  expect(await failure(push({ folder: 'Team' }))).toMatchObject({
    code: 'usage',
    fix: 'Name one by its uid, of a, b.',
  });
  await push({ folder: 'b' });
  expect(grafana.saved.get('orc-health')!.folderUid).toBe('b');
  expect(grafana.folders).toHaveLength(2);
});

it('says what is wrong with address or token, and never the token', async () => {
  const cases: [Changes, FakeGrafana['interfere'] | null, Record<string, unknown>, string][] = [
    [{ token: 'glsa_other' }, null, { code: 'unauthorized' }, 'does not know the token'],
    [
      {},
      (name) => (name.startsWith('POST') ? { status: 403, body: '{"message":"no"}' } : undefined),
      { code: 'unauthorized' },
      'refuses POST /api/folders to this token',
    ],
    [
      {},
      () => ({ status: 302, body: '', location: 'https://sso.example.com' }),
      { code: 'usage' },
      'sends to https://sso.example.com',
    ],
    [{}, () => ({ status: 200, body: '<html>' }), { code: 'grafana_bad_answer' }, 'status 200 and no JSON'],
    [
      {},
      () => ({ status: 503, body: '{"message":"busy"}' }),
      { code: 'grafana_bad_answer', retryable: true },
      'status 503, "busy"',
    ],
    [
      { url: 'http://127.0.0.1:1' },
      null,
      { code: 'grafana_unreachable', retryable: true },
      'http://127.0.0.1:1 does not answer',
    ],
  ];
  for (const [changes, interfere, expected, words] of cases) {
    grafana.interfere = interfere ?? (() => undefined);
    const error = await failure(push(changes));
    expect(error).toMatchObject(expected);
    expect(error.message).toContain(words);
    expect(`${error.message} ${error.fix ?? ''}`).not.toContain('glsa_');
  }
});
