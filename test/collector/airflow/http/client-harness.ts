import type { IncomingMessage, ServerResponse } from 'node:http';
import { afterEach } from 'vitest';
import { z } from 'zod';
import {
  createAirflowClient,
  type AirflowClient,
  type AirflowConnection,
} from '../../../../collector/airflow/http/client.js';
import { silentLogger } from '../../../../core/logger.js';
import { fakeToken, scriptedServer, sendJson } from './scripted-server.js';

export const ANSWER = z.object({ ok: z.boolean() });
const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()));
});

export type Answer = (request: IncomingMessage, response: ServerResponse, count: number) => void;

/** Answers as told, until the test ends. */
export async function server(answer: Answer) {
  const started = await scriptedServer(answer);
  closers.push(() => started.stop());
  return started;
}

export interface TestClient {
  readonly client: AirflowClient;
  readonly waits: number[];
  now: number;
  get(path?: string[]): Promise<{ ok: boolean }>;
}

/** A client whose waits take no time, until the test ends. */
export function clientOf(baseUrl: string, more: Partial<AirflowConnection> = {}): TestClient {
  const waits: number[] = [];
  const test = { now: 1_000_000 };
  const client = createAirflowClient(
    { name: 'd', baseUrl, username: 'viewer', password: 'hunter2', ...more },
    {
      logger: silentLogger(),
      clock: () => test.now,
      chance: () => 1,
      sleep: (seconds) => {
        waits.push(seconds);
        return Promise.resolve();
      },
    },
  );
  closers.push(() => client.close());
  return Object.assign(test, { client, waits, get: (path = ['x']) => client.get(path, {}, ANSWER) });
}

/** Logs in with numbered tokens; the rest is up to the test. */
export function withLogin(answer: Answer, lifetime = 1000): Answer {
  let logins = 0;
  return (request, response, count) => {
    if (request.url === '/auth/token') {
      sendJson(response, 201, { access_token: fakeToken(5, 5 + lifetime, `login ${++logins}`) });
    } else answer(request, response, count);
  };
}
