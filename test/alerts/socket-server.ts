/** A server that speaks Slack's Socket Mode as documented: `apps.connections.open`, then a WebSocket (RFC 6455) with JSON envelopes. */
import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';

export const APP_TOKEN = 'xapp-1-test-token';
const MAGIC = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const TEXT = 1;
const CLOSE = 8;
const PING = 9;
const PONG = 10;

function frame(opcode: number, payload: Buffer): Buffer {
  const { length } = payload;
  const head = length < 126 ? Buffer.of(0x80 | opcode, length) : Buffer.alloc(4);
  if (length >= 126) {
    head[0] = 0x80 | opcode;
    head[1] = 126;
    head.writeUInt16BE(length, 2);
  }
  return Buffer.concat([head, payload]);
}

/** Frames of a client, which are masked, and what is left of the last one. Longer ones than 64 KiB are none of this protocol. */
function readFrames(data: Buffer): {
  readonly frames: readonly { readonly opcode: number; readonly payload: Buffer }[];
  readonly rest: Buffer;
} {
  const frames: { opcode: number; payload: Buffer }[] = [];
  let at = 0;
  for (;;) {
    if (data.length - at < 6) break;
    const short = data[at + 1]! & 0x7f;
    const start = at + (short === 126 ? 4 : 2);
    const length = short === 126 ? data.readUInt16BE(at + 2) : short;
    if (data.length < start + 4 + length) break;
    const mask = data.subarray(start, start + 4);
    const payload = Buffer.from(data.subarray(start + 4, start + 4 + length));
    payload.forEach((byte, index) => (payload[index] = byte ^ mask[index % 4]!));
    frames.push({ opcode: data[at]! & 0x0f, payload });
    at = start + 4 + length;
  }
  return { frames, rest: data.subarray(at) };
}

/** One connection, which greets as it opens. */
export class SlackConnection {
  readonly received: Record<string, unknown>[] = [];
  closeCode: number | null = null;
  readonly #socket: Duplex;
  readonly #changed: () => void;

  constructor(socket: Duplex, greets: boolean, changed: () => void) {
    this.#socket = socket;
    this.#changed = changed;
    let buffered = Buffer.alloc(0);
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      const { frames, rest } = readFrames(Buffer.concat([buffered, chunk]));
      buffered = Buffer.from(rest);
      for (const { opcode, payload } of frames) this.#take(opcode, payload);
    });
    if (greets) this.send({ type: 'hello', num_connections: 1, connection_info: { app_id: 'A1' } });
  }

  send(message: object): void {
    this.#socket.write(frame(TEXT, Buffer.from(JSON.stringify(message))));
  }

  press(envelopeId: string, action: string, value: string, user = 'U1'): void {
    this.send({
      envelope_id: envelopeId,
      type: 'interactive',
      accepts_response_payload: true,
      payload: {
        type: 'block_actions',
        user: { id: user, username: `name-${user}` },
        container: { type: 'message' },
        actions: [{ action_id: action, block_id: 'b', value, type: 'button' }],
      },
    });
  }

  /** As when a host of Slack dies. */
  break(): void {
    this.#socket.destroy();
  }

  get acknowledged(): unknown[] {
    return this.received.map(({ envelope_id: id }) => id);
  }

  #take(opcode: number, payload: Buffer): void {
    if (opcode === TEXT) this.received.push(JSON.parse(payload.toString('utf8')) as Record<string, unknown>);
    if (opcode === PING) this.#socket.write(frame(PONG, payload));
    if (opcode === CLOSE) {
      this.closeCode = payload.length < 2 ? 1005 : payload.readUInt16BE(0);
      this.#socket.end(frame(CLOSE, payload));
    }
    this.#changed();
  }
}

export class SocketModeServer {
  readonly connections: SlackConnection[] = [];
  readonly authorizations: (string | undefined)[] = [];
  /** What `apps.connections.open` answers instead of an address. */
  error: string | null = null;
  /** Whether a connection is told `hello`. */
  greets = true;
  /** Told of the bodies of other calls. */
  onMessage: (body: string) => void = () => undefined;
  readonly #waiting: { readonly met: () => boolean; readonly resolve: () => void }[] = [];
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const isOpening = request.url === '/api/apps.connections.open';
        if (isOpening) this.authorizations.push(request.headers.authorization);
        else this.onMessage(Buffer.concat(chunks).toString('utf8'));
        const opened = { ok: true, url: `${this.#address('ws')}/link/?ticket=${this.authorizations.length}` };
        const answer = !isOpening
          ? { ok: true, channel: 'C1', ts: '1.000001' }
          : this.error === null
            ? opened
            : { ok: false, error: this.error };
        response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
        this.#check();
      });
    });
    this.#server.on('upgrade', (request, socket: Duplex) => {
      const key = request.headers['sec-websocket-key'] ?? '';
      const accept = createHash('sha1').update(`${key}${MAGIC}`).digest('base64');
      socket.write(
        `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
      );
      this.connections.push(
        new SlackConnection(socket, this.greets, () => {
          this.#check();
        }),
      );
      this.#check();
    });
  }

  static async start(): Promise<SocketModeServer> {
    const server = new SocketModeServer();
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve));
    return server;
  }

  get url(): string {
    return `${this.#address('http')}/api/`;
  }

  /** Resolves once this holds, looked at whenever something came in. */
  until(met: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push({ met, resolve });
      this.#check();
    });
  }

  async close(): Promise<void> {
    for (const connection of this.connections) connection.break();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #address(scheme: string): string {
    return `${scheme}://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  #check(): void {
    for (const one of this.#waiting.filter(({ met }) => met())) {
      this.#waiting.splice(this.#waiting.indexOf(one), 1);
      one.resolve();
    }
  }
}
