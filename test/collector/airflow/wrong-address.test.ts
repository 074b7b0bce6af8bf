/** What is wrong with an address or a login from the beginning is named, and nothing of it reaches the log. */
import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { collectAirflow } from '../../../collector/airflow/index.js';
import { silentLogger } from '../../../core/logger.js';
import { temporaryDatabase, type TemporaryDatabase } from '../../support/database.js';
import { countFacts, deploymentOf, failureOf, NO_WAIT } from './harness.js';
import { scriptedServer, sendJson, type ScriptedServer } from './http/scripted-server.js';

let temporary: TemporaryDatabase;
let server: ScriptedServer | null = null;

beforeEach(async () => {
  temporary = await temporaryDatabase();
});
afterEach(async () => {
  await server?.stop();
  server = null;
  await temporary.drop();
});

const page = (status: number, title: string) => (response: ServerResponse) =>
  response.writeHead(status, { 'content-type': 'text/html' }).end(`<html><title>${title}</title></html>`);

it.each<[name: string, answer: ((response: ServerResponse, path: string) => void) | null, message: RegExp]>([
  ['nothing listens', null, /^http:\/\/127\.0\.0\.1:\d+ refuses the connection: nothing listens there$/],
  [
    'a web page',
    page(200, 'Welcome to nginx!'),
    /\/api\/v2\/version answers an HTML page titled "Welcome to nginx!" instead of JSON$/,
  ],
  [
    "a proxy's 504",
    page(504, '504 Gateway Time-out'),
    /\/api\/v2\/version: a proxy in front of Airflow gave up waiting \(HTTP 504 titled "504 Gateway Time-out"\)$/,
  ],
  [
    'an Airflow 2 that is too old',
    (response, path) => {
      if (path.startsWith('/api/v1/version'))
        sendJson(response, 200, { version: '2.5.3', git_version: null });
      else sendJson(response, 404, { title: 'Not Found', status: 404 });
    },
    /runs Airflow 2\.5\.3; ORC reads Airflow 2\.9 to 2\.11 \(REST API v1\) and 3\.0 to 3\.3 \(v2\)$/,
  ],
  [
    'a wrong password',
    (response, path) => {
      if (path.startsWith('/api/v2/version'))
        sendJson(response, 200, { version: '3.2.1', git_version: null });
      else sendJson(response, 401, { detail: 'Invalid credentials' });
    },
    /refuses user "viewer": wrong user name or password/,
  ],
])('%s', async (_name, answer, message) => {
  server = await scriptedServer((request, response) => answer?.(response, request.url ?? ''));
  const { url } = server;
  if (answer === null) await server.stop();
  const { database } = temporary;
  const options = { database, logger: silentLogger(), clock: () => 1_770_000_000, sleep: NO_WAIT };
  const error = await failureOf(collectAirflow(deploymentOf(url), options));
  expect(error.message).toMatch(message);
  expect(error.fix).toBeTruthy();
  expect(await countFacts(database)).toBe(0);
  expect(await database.query('SELECT * FROM collection_state')).toEqual([]);
});
