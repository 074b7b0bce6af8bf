/**
 * The part of Grafana's HTTP API that pushing needs: folders, dashboards and their versions, as Grafana 10 to 13 have it
 * (https://grafana.com/docs/grafana/latest/developers/http_api/dashboard/).
 */
import { AppError, errorMessage } from '../../core/errors.js';
import type { DashboardModel } from '../read-dashboards.js';

export interface GrafanaFolder {
  readonly uid: string;
  readonly title: string;
}

/** A dashboard as Grafana has it now. */
export interface StoredDashboard {
  readonly id: number;
  readonly version: number;
  readonly folderUid: string;
  readonly isProvisioned: boolean;
  readonly updatedBy: string;
  readonly updated: string;
  /** What was said when this version was saved; null when the history does not tell. */
  readonly message: string | null;
}

export interface SaveRequest {
  readonly model: DashboardModel;
  readonly folderUid: string;
  readonly message: string;
  /** What is replaced; null when it is new. Grafana refuses when its version has moved on since. */
  readonly replaces: StoredDashboard | null;
  /** Replaces it whatever its version. */
  readonly overwrite: boolean;
}

export interface GrafanaClient {
  folders(): Promise<GrafanaFolder[]>;
  createFolder(title: string): Promise<GrafanaFolder>;
  dashboard(uid: string): Promise<StoredDashboard | null>;
  /** Returns its path. @throws AppError `conflict` when somebody else saved it in between */
  save(request: SaveRequest): Promise<string>;
}

interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown> | unknown[];
}

const TIMEOUT_MS = 30_000;
const FOLDER_PAGE = 1000;

/**
 * @param url address of Grafana, with its path if it is served below one
 * @param token of a service account with the role Editor; in no error and no log
 */
export function createGrafanaClient(url: string, token: string): GrafanaClient {
  const base = url.replace(/\/+$/, '');

  async function ask(method: 'GET' | 'POST', path: string, content?: unknown): Promise<Answer> {
    let response: Response;
    let text: string;
    try {
      response = await fetch(`${base}${path}`, {
        method,
        redirect: 'manual',
        signal: AbortSignal.timeout(TIMEOUT_MS),
        headers: {
          accept: 'application/json',
          authorization: `Bearer ${token}`,
          ...(content === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(content === undefined ? {} : { body: JSON.stringify(content) }),
      });
      text = await response.text();
    } catch (error) {
      const reason = error instanceof Error && error.cause !== undefined ? error.cause : error;
      throw new AppError(
        'grafana_unreachable',
        `Grafana at ${base} does not answer: ${errorMessage(reason)}`,
        {
          retryable: true,
          cause: error,
          fix: 'Check --url: the address that a browser shows, without /d/... or /dashboards.',
        },
      );
    }
    const answer = { status: response.status, body: parse(text) };
    refuseCommonErrors(answer, response.headers.get('location'), `${method} ${path}`);
    return { status: answer.status, body: answer.body! };
  }

  function refuseCommonErrors(
    { status, body }: { status: number; body: Answer['body'] | null },
    location: string | null,
    request: string,
  ): void {
    if (status >= 300 && status < 400) {
      throw new AppError('usage', `Grafana at ${base} sends to ${location ?? 'elsewhere'}`, {
        fix: 'Give that address as --url, without what a page adds to it.',
      });
    }
    if (status === 401) {
      throw new AppError('unauthorized', `Grafana at ${base} does not know the token`, {
        fix: 'Make one for a service account (Administration, Service accounts) and put it into the file of --token-file.',
      });
    }
    if (status === 403) {
      throw new AppError('unauthorized', `Grafana at ${base} refuses ${request} to this token`, {
        fix: 'Give its service account the role Editor, or the permissions folders:create and dashboards:create, read and write.',
      });
    }
    if (body === null || status >= 500) {
      throw new AppError(
        'grafana_bad_answer',
        `${request} of ${base}: status ${status}${body === null ? ' and no JSON' : `, ${said(body)}`}`,
        { retryable: status >= 500, fix: 'Check that --url is the address of a Grafana.' },
      );
    }
  }

  async function need(method: 'GET' | 'POST', path: string, content?: unknown): Promise<Answer['body']> {
    const { status, body } = await ask(method, path, content);
    if (status !== 200) {
      throw new AppError(
        'grafana_bad_answer',
        `${method} ${path} of ${base}: status ${status}, ${said(body)}`,
      );
    }
    return body;
  }

  async function messageOf(uid: string, version: number): Promise<string | null> {
    const body = await need('GET', `/api/dashboards/uid/${encodeURIComponent(uid)}/versions?limit=10`);
    // A list up to Grafana 11.2, an object with it since.
    const list = Array.isArray(body) ? body : body['versions'];
    const found = (Array.isArray(list) ? (list as Record<string, unknown>[]) : []).find(
      (entry) => entry['version'] === version,
    );
    return typeof found?.['message'] === 'string' ? found['message'] : null;
  }

  return {
    folders: async () => {
      const found: GrafanaFolder[] = [];
      for (let page = 1; ; page++) {
        const body = await need('GET', `/api/folders?limit=${FOLDER_PAGE}&page=${page}`);
        const folders = Array.isArray(body) ? (body as Record<string, unknown>[]) : [];
        found.push(...folders.map(folderOf));
        if (folders.length < FOLDER_PAGE) return found;
      }
    },
    createFolder: async (title) =>
      folderOf((await need('POST', '/api/folders', { title })) as Record<string, unknown>),
    dashboard: async (uid) => {
      const path = `/api/dashboards/uid/${encodeURIComponent(uid)}`;
      const { status, body } = await ask('GET', path);
      if (status === 404) return null;
      const { dashboard, meta } = body as {
        dashboard?: Record<string, unknown>;
        meta?: Record<string, unknown>;
      };
      if (status !== 200 || dashboard === undefined || meta === undefined) {
        throw new AppError('grafana_bad_answer', `GET ${path} of ${base}: status ${status}, ${said(body)}`);
      }
      const version = Number(dashboard['version']);
      return {
        id: Number(dashboard['id']),
        version,
        folderUid: text(meta['folderUid']),
        isProvisioned: meta['provisioned'] === true,
        updatedBy: text(meta['updatedBy']),
        updated: text(meta['updated']),
        message: await messageOf(uid, version),
      };
    },
    save: async ({ model, folderUid, message, replaces, overwrite }) => {
      const { status, body } = await ask('POST', '/api/dashboards/db', {
        dashboard: { ...model, id: replaces?.id ?? null, version: replaces?.version ?? 0 },
        folderUid,
        message,
        overwrite,
      });
      const answer = body as Record<string, unknown>;
      if (status === 200) return text(answer['url']);
      if (status === 412) {
        throw new AppError('conflict', `Grafana did not save ${JSON.stringify(model.title)}: ${said(body)}`, {
          fix: 'Look at it in Grafana; push again, with --force to replace it.',
        });
      }
      throw new AppError(
        'grafana_bad_answer',
        `Grafana did not save ${JSON.stringify(model.title)}: status ${status}, ${said(body)}`,
      );
    },
  };
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

function folderOf(body: Record<string, unknown>): GrafanaFolder {
  return { uid: text(body['uid']), title: text(body['title']) };
}

function parse(answer: string): Answer['body'] | null {
  try {
    const value: unknown = JSON.parse(answer);
    return typeof value === 'object' && value !== null ? (value as Answer['body']) : null;
  } catch {
    return null;
  }
}

/** Grafana's own words for what went wrong. */
function said(body: Answer['body']): string {
  const message = Array.isArray(body) ? '' : text(body['message']);
  return message === '' ? 'without a reason' : JSON.stringify(message.slice(0, 300));
}
