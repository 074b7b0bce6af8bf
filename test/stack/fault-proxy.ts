import { Agent, createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What goes wrong with one request. */
export type Fault =
  | { readonly kind: 'delay'; readonly ms: number }
  /** Never reaches the target. */
  | { readonly kind: 'status'; readonly status: number; readonly headers?: Readonly<Record<string, string>> }
  /** The connection breaks after half of the body. */
  | { readonly kind: 'reset' }
  /** Half of the body is all there is. */
  | { readonly kind: 'truncate' }
  /** Is passed on, and never answered. */
  | { readonly kind: 'silence' }
  /** Never reaches the target, and is never answered. */
  | { readonly kind: 'swallow' }
  /** Is passed on and done, and answered by this status all the same. */
  | { readonly kind: 'disguise'; readonly status: number }
  /** Is passed on twice, as by a gateway that tries again; the second answer is given. */
  | { readonly kind: 'twice' }
  /** Is passed on once this has happened. */
  | { readonly kind: 'after'; readonly work: () => Promise<void> };

export interface FaultProxy {
  readonly url: string;
  /** Added to every request; may be changed at any time. */
  delayMs: number;
  /** Decides for each request, counted from 1; may be changed at any time. */
  faultOf: (request: number, incoming: Pick<IncomingMessage, 'method' | 'url'>) => Fault | null;
  /** Requests that were answered or passed on. */
  served: number;
  /** Those with a fault. */
  faults: number;
  stop(): Promise<void>;
}

/**
 * A reverse proxy on loopback with the faults of real gateways: late answers, so that work lasts long enough to be interrupted, and
 * broken ones. 502 while its target is away.
 */
export async function startFaultProxy(target: string, delayMs = 0): Promise<FaultProxy> {
  const agent = new Agent({ keepAlive: false });
  const pass = (incoming: IncomingMessage, outgoing: ServerResponse, fault: Fault | null): void => {
    const { method, url, headers } = incoming;
    const onward = request(`${target}${url ?? '/'}`, { agent, method, headers }, (answer) => {
      if (fault?.kind === 'reset' || fault?.kind === 'truncate') void breakBody(answer, outgoing, fault.kind);
      else if (fault?.kind === 'silence') answer.resume();
      else if (fault?.kind === 'disguise') {
        answer.resume().once('end', () => outgoing.writeHead(fault.status).end());
      } else {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      }
    });
    onward.on('error', () => {
      if (!outgoing.headersSent) outgoing.writeHead(502);
      outgoing.end();
    });
    outgoing.on('close', () => onward.destroy());
    incoming.pipe(onward);
  };
  const server = createServer((incoming, outgoing) => {
    const forward = (): void => {
      // Its client has gone meanwhile: an unfinished request would keep the only worker of a web server waiting.
      if (incoming.destroyed) return;
      proxy.served++;
      const fault = proxy.faultOf(proxy.served, incoming);
      if (fault !== null) proxy.faults++;
      if (fault?.kind === 'status') outgoing.writeHead(fault.status, fault.headers).end();
      else if (fault?.kind === 'swallow') return;
      else if (fault?.kind === 'delay') setTimeout(pass, fault.ms, incoming, outgoing, null);
      else if (fault?.kind === 'after')
        void fault.work().then(() => {
          pass(incoming, outgoing, null);
        });
      else if (fault?.kind === 'twice') void passTwice(target, incoming, outgoing);
      else pass(incoming, outgoing, fault);
    };
    setTimeout(forward, proxy.delayMs);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const proxy: FaultProxy = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    delayMs,
    faultOf: () => null,
    served: 0,
    faults: 0,
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => {
          resolve();
        });
      }),
  };
  return proxy;
}

async function passTwice(target: string, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const { method = 'GET', url = '/', headers } = incoming;
  const { authorization = '', 'content-type': type = 'application/json' } = headers;
  const send = async (): Promise<Response> =>
    fetch(`${target}${url}`, {
      ...{ method, body: Buffer.concat(chunks) },
      headers: { authorization, 'content-type': type },
    });
  await (await send()).arrayBuffer();
  const second = await send();
  outgoing.writeHead(second.status, { 'content-type': 'application/json' });
  outgoing.end(Buffer.from(await second.arrayBuffer()));
}

async function breakBody(
  answer: IncomingMessage,
  outgoing: ServerResponse,
  kind: 'reset' | 'truncate',
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  const half = body.subarray(0, Math.floor(body.length / 2));
  const headers = { ...answer.headers };
  delete headers['transfer-encoding'];
  headers['content-length'] = String(kind === 'reset' ? body.length : half.length);
  outgoing.writeHead(answer.statusCode ?? 502, headers);
  if (kind === 'truncate') outgoing.end(half);
  else outgoing.write(half, () => outgoing.destroy());
}
