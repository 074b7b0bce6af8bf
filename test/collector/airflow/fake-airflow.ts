import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { FakeWorld } from './fake-rows.js';
import { deadlinesIn, assetEventsIn, eventLogIn, inSpan, byId } from './fake-selection.js';

export interface FakeRequest {
  /** From 1. */
  readonly count: number;
  readonly method: string;
  /** Decoded, without prefix. */
  readonly path: string;
  readonly query: URLSearchParams;
}

/** What happens to a request instead of its answer. */
export type Interference =
  | { readonly status: number; readonly body?: string; readonly headers?: Record<string, string> }
  | 'reset'
  | 'hang'
  | 'truncate';

export interface FakeOptions {
  readonly prefix?: string;
  /** As in 3.2.2 and later. */
  readonly hasCursors?: boolean;
  readonly maxPageLimit?: number;
  readonly port?: number;
  readonly tokenSeconds?: number;
}

export interface FakeAnswer {
  readonly status: number;
  /** Sent as JSON, unless it is text. */
  readonly answer: unknown;
}

/** Since Airflow 3.3. */
const DEADLINES = '/ui/dags/~/dagRuns/~/deadlines';
/** What Airflow filters by and does not tell. */
const HIDDEN: ReadonlySet<string> = new Set(['updated_at', 'last_updated_at']);

/** A local HTTP server that speaks the part of REST API v2 that ORC reads, over a world that a test may change at any time. */
export class FakeAirflow {
  readonly world: FakeWorld;
  readonly requests: FakeRequest[] = [];
  /** Called for every request before it is answered; may change the world. */
  interfere: (request: FakeRequest) => Interference | undefined = () => undefined;
  /** The log that a path asks for; null when there is none. */
  log: (path: string, query: URLSearchParams) => string | null = () => null;
  password = 'secret-password';
  /** Tokens of another secret are refused as Airflow does: 403 `Invalid JWT token`. */
  tokenSecret = 'first';
  logins = 0;
  readonly #options: FakeOptions;
  #server: Server | null = null;
  #port = 0;

  constructor(world: FakeWorld, options: FakeOptions = {}) {
    this.world = world;
    this.#options = options;
    this.#port = options.port ?? 0;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}${this.#options.prefix ?? ''}`;
  }

  async start(): Promise<this> {
    const server = createServer((request, response) => {
      this.#answer(request, response);
    });
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(this.#port, '127.0.0.1', resolve));
    this.#port = (server.address() as AddressInfo).port;
    return this;
  }

  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    server?.closeAllConnections();
    await new Promise<void>((resolve) => {
      if (server === null) resolve();
      else
        server.close(() => {
          resolve();
        });
    });
  }

  /** Requests of a kind: a part of the path. */
  count(part: string): number {
    return this.requests.filter((request) => request.path.includes(part)).length;
  }

  #answer(message: IncomingMessage, response: ServerResponse): void {
    const url = new URL(message.url ?? '/', 'http://x');
    const prefix = this.#options.prefix ?? '';
    // Like Starlette: the path is decoded as a whole, so an id with a slash leads nowhere.
    const whole = decodeURIComponent(url.pathname);
    const path = whole.startsWith(`${prefix}/`) ? whole.slice(prefix.length) : '/nowhere';
    const request = {
      count: this.requests.length + 1,
      method: message.method ?? 'GET',
      path,
      query: url.searchParams,
    };
    this.requests.push(request);
    response.sendDate = false;
    response.setHeader('Date', new Date(this.world.now * 1000).toUTCString());
    const interference = this.interfere(request);
    if (interference === 'hang') return;
    if (interference === 'reset') {
      message.socket.destroy();
      return;
    }
    if (typeof interference === 'object') {
      response.writeHead(interference.status, interference.headers ?? { 'content-type': 'application/json' });
      response.end(interference.body ?? '');
      return;
    }
    let body = '';
    message.on('data', (chunk: Buffer) => (body += chunk.toString()));
    message.on('end', () => {
      const { status, answer } = this.route(request, message, body);
      const isText = typeof answer === 'string';
      const text = isText ? answer : JSON.stringify(answer);
      response.writeHead(status, { 'content-type': isText ? 'application/x-ndjson' : 'application/json' });
      response.end(interference === 'truncate' ? text.slice(0, text.length / 2) : text);
    });
  }

  /** Another REST API overrides this. */
  protected route(request: FakeRequest, message: IncomingMessage, body: string): FakeAnswer {
    const { path } = request;
    if (path === '/auth/token') return this.#login(request, body);
    if (path === '/api/v2/monitor/health') return ok(this.world.health);
    if (path === '/api/v2/version') return ok({ version: this.world.version, git_version: null });
    const isKnown =
      path.startsWith('/api/v2/') ||
      path === '/ui/dependencies' ||
      (path === DEADLINES && this.world.version.startsWith('3.3.'));
    if (!isKnown) return { status: 404, answer: { error: 'API route not found' } };
    const refusal = this.#checkToken(message.headers.authorization ?? '');
    if (refusal !== null) return refusal;
    if (path.includes('/logs/')) return this.logAnswer(request);
    if (path === '/ui/dependencies') return ok(this.world.dependencies);
    if (path === DEADLINES)
      return this.#page('deadlines', deadlinesIn(this.world, request.query), request.query);
    const parts = path.split('/').slice(3);
    const rows = this.#rows(parts, request.query);
    return rows ?? { status: 404, answer: { detail: `not found: ${path}` } };
  }

  protected logAnswer({ path, query }: FakeRequest): FakeAnswer {
    const log = this.log(path, query);
    return log === null ? { status: 404, answer: { detail: 'TaskInstance not found' } } : ok(log);
  }

  #login(request: FakeRequest, body: string): FakeAnswer {
    this.logins++;
    if (request.method === 'GET')
      return { status: 403, answer: { detail: 'This method is only allowed if ...' } };
    const { username, password } = JSON.parse(body) as { username: string; password: string };
    if (username !== 'viewer' || password !== this.password) {
      return { status: 401, answer: { detail: 'Invalid credentials' } };
    }
    const iat = Math.floor(this.world.now);
    const claims = {
      sub: username,
      iat,
      exp: iat + (this.#options.tokenSeconds ?? 86_400),
      secret: this.tokenSecret,
    };
    const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    return { status: 201, answer: { access_token: `${encode({ alg: 'HS512' })}.${encode(claims)}.c2ln` } };
  }

  #checkToken(authorization: string): FakeAnswer | null {
    const payload = authorization.replace(/^Bearer /, '').split('.')[1];
    if (payload === undefined) return { status: 401, answer: { detail: 'Not authenticated' } };
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as {
      exp: number;
      secret: string;
    };
    if (claims.secret !== this.tokenSecret) return { status: 403, answer: { detail: 'Invalid JWT token' } };
    if (claims.exp < this.world.now) return { status: 401, answer: { detail: 'Token Expired' } };
    return null;
  }

  #rows(parts: readonly string[], query: URLSearchParams): FakeAnswer | null {
    const { world } = this;
    const [root, first, second, third, fourth] = parts;
    const page = (key: string, rows: readonly object[]): FakeAnswer => this.#page(key, rows, query);
    if (root === 'pools') return page('pools', world.pools);
    if (root === 'assets' && first === 'events') return page('asset_events', assetEventsIn(world, query));
    if (root === 'assets') return page('assets', world.assets);
    if (root === 'importErrors') return page('import_errors', world.importErrors);
    if (root === 'eventLogs')
      return page('event_logs', eventLogIn(world, query, query.getAll('excluded_events')));
    if (root !== 'dags') return null;
    if (parts.length === 1) {
      const all = query.get('exclude_stale') === 'false';
      return this.#page(
        'dags',
        world.dags.filter((dag) => all || !dag.is_stale),
        query,
      );
    }
    if (second === 'tasks') {
      const tasks = world.tasks.get(first!);
      return tasks === undefined ? null : ok({ tasks, total_entries: tasks.length });
    }
    if (second === 'dagVersions')
      return this.#page('dag_versions', [...world.versions].sort(byId).reverse(), query);
    if (second === 'dagRuns' && third === undefined) return this.#runs(query);
    if (third === '~' && fourth === 'taskInstances') return this.#instances(query);
    if (parts.at(-1) === 'tries' && parts.length <= 8) {
      const [, dagId, , runId, , taskId, index] = parts;
      const mapIndex = parts.length === 8 ? Number(index) : -1;
      const isIt = (row: {
        dag_id: string;
        dag_run_id: string;
        task_id: string;
        map_index: number;
      }): boolean =>
        row.dag_id === dagId &&
        row.dag_run_id === runId &&
        row.task_id === taskId &&
        row.map_index === mapIndex;
      const current = world.instances.filter((row) => isIt(row) && row.state !== 'up_for_retry');
      const tries = [...world.history.filter(isIt), ...current].map((row) => ({ ...row, id: undefined }));
      return tries.length === 0 ? null : ok({ task_instances: tries, total_entries: tries.length });
    }
    return null;
  }

  #runs(query: URLSearchParams): FakeAnswer {
    const order = query.get('order_by');
    const rows = this.world.runs.filter((run) => inSpan(run, run.run_after, query));
    if (order?.endsWith('run_after') === true) rows.sort((a, b) => a.run_after.localeCompare(b.run_after));
    if (order === '-run_after') rows.reverse();
    return this.#page('dag_runs', rows, query);
  }

  #instances(query: URLSearchParams): FakeAnswer {
    const due = new Map(this.world.runs.map((run) => [`${run.dag_id}\0${run.dag_run_id}`, run.run_after]));
    const rows = this.world.instances.filter((row) =>
      inSpan(row, due.get(`${row.dag_id}\0${row.dag_run_id}`) ?? '', query),
    );
    return this.#page('task_instances', rows.sort(byId), query);
  }

  #page(key: string, rows: readonly object[], query: URLSearchParams): FakeAnswer {
    const asked = Number(query.get('limit') ?? 50);
    const limit = Math.min(asked, this.#options.maxPageLimit ?? 100);
    const cursor = query.get('cursor');
    const shown = (part: readonly object[]): object[] =>
      part.map((row) => Object.fromEntries(Object.entries(row).filter(([name]) => !HIDDEN.has(name))));
    const hasCursor =
      this.#options.hasCursors === true &&
      cursor !== null &&
      (key === 'dag_runs' || key === 'task_instances');
    if (hasCursor) {
      const idOf = (row: object): string =>
        'id' in row ? String(row.id) : String(rows.indexOf(row)).padStart(9, '0');
      const rest = cursor === '' ? rows : rows.filter((row) => idOf(row) > cursor);
      const part = rest.slice(0, limit);
      const next = rest.length > limit ? idOf(part.at(-1)!) : null;
      return ok({ [key]: shown(part), total_entries: null, next_cursor: next, previous_cursor: null });
    }
    const offset = Number(query.get('offset') ?? 0);
    return ok({ [key]: shown(rows.slice(offset, offset + limit)), total_entries: rows.length });
  }
}

function ok(answer: unknown): FakeAnswer {
  return { status: 200, answer };
}
