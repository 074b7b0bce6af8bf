/** A server that speaks Slack's Web API as documented: form bodies, `ok`, error codes, limits of blocks, 429 with Retry-After. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { refusalOf } from './block-kit.js';

export interface SlackCall {
  readonly method: string;
  readonly authorization: string | undefined;
  readonly body: Readonly<Record<string, string>>;
}

export interface PostedMessage {
  readonly channel: string;
  readonly ts: string;
  readonly threadTs: string | null;
  text: string;
  blocks: string;
}

type Mood = 'ok' | 'ratelimited' | 'down' | 'slow' | { readonly error: string };

export const TOKEN = 'xoxb-test-token';

export class SlackServer {
  readonly calls: SlackCall[] = [];
  readonly messages: PostedMessage[] = [];
  /** What one person alone was told. */
  readonly whispers: { readonly user: string; readonly channel: string; readonly text: string }[] = [];
  mood: Mood = 'ok';
  /** Takes the next message, but breaks off before it answers. */
  swallowNext = false;
  /** Told after every call. */
  onCall: () => void = () => undefined;
  readonly channels = new Set(['#data-alerts', '#finance']);
  readonly #byClientId = new Map<string, PostedMessage>();
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const method = request.url!.replace('/api/', '');
        const body = Object.fromEntries(new URLSearchParams(Buffer.concat(chunks).toString('utf8')));
        this.calls.push({ method, authorization: request.headers.authorization, body });
        if (this.mood === 'slow') return;
        if (this.mood === 'down') {
          response.writeHead(503).end('upstream connect error');
          return;
        }
        if (this.mood === 'ratelimited') {
          response.writeHead(429, { 'retry-after': '17' }).end('{"ok":false,"error":"ratelimited"}');
          return;
        }
        const answer = this.#answer(method, body, request.headers.authorization);
        this.onCall();
        if (this.swallowNext) {
          this.swallowNext = false;
          request.socket.destroy();
          return;
        }
        response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
      });
    });
  }

  static async start(): Promise<SlackServer> {
    const slack = new SlackServer();
    await new Promise<void>((resolve) => slack.#server.listen(0, '127.0.0.1', resolve));
    return slack;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/api/`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** As if nothing had ever been sent. */
  forget(): void {
    for (const list of [this.calls, this.messages, this.whispers]) list.length = 0;
    this.#byClientId.clear();
  }

  /** Messages that stand alone, without those in threads. */
  get roots(): PostedMessage[] {
    return this.messages.filter(({ threadTs }) => threadTs === null);
  }

  get replies(): PostedMessage[] {
    return this.messages.filter(({ threadTs }) => threadTs !== null);
  }

  #answer(method: string, body: Record<string, string>, authorization: string | undefined): object {
    if (authorization !== `Bearer ${TOKEN}`) return { ok: false, error: 'invalid_auth' };
    if (typeof this.mood === 'object') return { ok: false, error: this.mood.error };
    const refusal = refusalOf(body);
    if (refusal !== null) return { ok: false, error: refusal };
    if (method === 'chat.update') {
      const message = this.messages.find(
        ({ channel, ts }) => channel === body['channel'] && ts === body['ts'],
      );
      if (message === undefined) return { ok: false, error: 'message_not_found' };
      message.text = body['text'] ?? '';
      message.blocks = body['blocks'] ?? '';
      return { ok: true, channel: message.channel, ts: message.ts, text: message.text };
    }
    if (method === 'chat.postEphemeral') {
      this.whispers.push({
        user: body['user'] ?? '',
        channel: body['channel'] ?? '',
        text: body['text'] ?? '',
      });
      return { ok: true, message_ts: '1795435200.999999' };
    }
    if (method !== 'chat.postMessage') return { ok: false, error: 'unknown_method' };
    const name = body['channel'] ?? '';
    if (!this.channels.has(name) && !name.startsWith('C')) return { ok: false, error: 'channel_not_found' };
    const known = this.#byClientId.get(body['client_msg_id'] ?? '');
    if (known !== undefined) return { ok: true, channel: known.channel, ts: known.ts };
    const message: PostedMessage = {
      channel: name.startsWith('#') ? `C${name.slice(1).toUpperCase()}` : name,
      ts: `1795435200.${String(this.messages.length + 1).padStart(6, '0')}`,
      threadTs: body['thread_ts'] ?? null,
      text: body['text'] ?? '',
      blocks: body['blocks'] ?? '',
    };
    this.messages.push(message);
    this.#byClientId.set(body['client_msg_id'] ?? '', message);
    return { ok: true, channel: message.channel, ts: message.ts, message: { text: message.text } };
  }
}
