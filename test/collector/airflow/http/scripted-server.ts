import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ScriptedServer {
  readonly url: string;
  readonly port: number;
  /** Method, path and authorization of every request. */
  readonly seen: { readonly line: string; readonly authorization: string | undefined; readonly at: number }[];
  stop(): Promise<void>;
}

/** A server whose every answer the test writes; `sockets` counts connections. */
export async function scriptedServer(
  answer: (request: IncomingMessage, response: ServerResponse, count: number) => void,
  port = 0,
): Promise<ScriptedServer & { readonly connections: () => number }> {
  const seen: { line: string; authorization: string | undefined; at: number }[] = [];
  let connections = 0;
  const server: Server = createServer((request, response) => {
    seen.push({
      line: `${request.method ?? ''} ${request.url ?? ''}`,
      authorization: request.headers.authorization,
      at: performance.now(),
    });
    request.resume();
    request.on('end', () => {
      answer(request, response, seen.length);
    });
  });
  server.on('connection', () => connections++);
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const actual = (server.address() as AddressInfo).port;
  return {
    url: `http://127.0.0.1:${actual}`,
    port: actual,
    seen,
    connections: () => connections,
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => {
          resolve();
        });
      }),
  };
}

export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}

/** A token as Airflow's, valid from `iat` to `exp`. */
export function fakeToken(iat: number, exp: number, mark = 'x'): string {
  const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${encode({ alg: 'HS512' })}.${encode({ iat, exp, mark })}.c2ln`;
}
