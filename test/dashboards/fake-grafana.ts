/** A local server that answers as Grafana's documentation of its HTTP API says, for folders, dashboards and their versions. */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

interface Saved {
  readonly model: Record<string, unknown>;
  readonly id: number;
  readonly folderUid: string;
  readonly versions: { readonly version: number; readonly message: string; readonly createdBy: string }[];
  provisioned: boolean;
}

export class FakeGrafana {
  readonly token = 'glsa_test';
  readonly folders: { uid: string; title: string }[] = [];
  readonly saved = new Map<string, Saved>();
  readonly requests: string[] = [];
  /** Lists of versions are bare up to Grafana 11. */
  hasBareVersions = false;
  /** Answers instead, when it returns something. */
  interfere: (request: string) => { status: number; body: string; location?: string } | undefined = () =>
    undefined;
  #server!: Server;
  url = '';

  async start(): Promise<void> {
    this.#server = createServer((request, response) => {
      void this.#read(request).then((content) => {
        const path = request.url!.replace(/^\/grafana/, '');
        const name = `${request.method!} ${path}`;
        this.requests.push(name);
        const other = this.interfere(name);
        const isKnown = request.headers.authorization === `Bearer ${this.token}`;
        const [status, body] =
          other !== undefined
            ? [other.status, other.body]
            : isKnown
              ? this.#answer(name, content)
              : [401, { message: 'Invalid API key' }];
        response.writeHead(status, other?.location === undefined ? {} : { location: other.location });
        response.end(typeof body === 'string' ? body : JSON.stringify(body));
      });
    });
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/grafana`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** As a person does in the browser. */
  edit(uid: string, message = ''): void {
    const { versions } = this.saved.get(uid)!;
    versions.unshift({ version: versions[0]!.version + 1, message, createdBy: 'anna' });
  }

  async #read(request: IncomingMessage): Promise<Record<string, unknown>> {
    let text = '';
    for await (const chunk of request) text += String(chunk);
    return text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
  }

  #answer(name: string, content: Record<string, unknown>): [number, unknown] {
    if (name.startsWith('GET /api/folders?')) return [200, name.includes('page=1') ? this.folders : []];
    if (name === 'POST /api/folders') {
      if (typeof content['title'] !== 'string' || content['title'] === '')
        return [400, { message: 'folder title cannot be empty' }];
      const folder = { uid: `f${this.folders.length + 1}`, title: content['title'] };
      this.folders.push(folder);
      return [200, folder];
    }
    if (name === 'POST /api/dashboards/db') return this.#save(content);
    const uid = /^GET \/api\/dashboards\/uid\/([^/?]+)/.exec(name)?.[1];
    const found = uid === undefined ? undefined : this.saved.get(uid);
    if (found === undefined) return [404, { message: 'Dashboard not found' }];
    const [latest] = found.versions;
    if (name.includes('/versions')) {
      return [200, this.hasBareVersions ? found.versions : { continueToken: '', versions: found.versions }];
    }
    return [
      200,
      {
        dashboard: { ...found.model, id: found.id, version: latest!.version },
        meta: {
          folderUid: found.folderUid,
          provisioned: found.provisioned,
          updatedBy: latest!.createdBy,
          updated: '2026-11-25T20:00:00Z',
        },
      },
    ];
  }

  #save(content: Record<string, unknown>): [number, unknown] {
    const model = content['dashboard'] as Record<string, unknown>;
    const uid = String(model['uid']);
    const before = this.saved.get(uid);
    if (typeof model['title'] !== 'string' || model['title'] === '')
      return [400, { message: 'Dashboard title cannot be empty' }];
    if (!this.folders.some((folder) => folder.uid === content['folderUid']))
      return [400, { message: 'folder not found' }];
    if (model['id'] !== null && model['id'] !== before?.id)
      return [404, { message: 'Dashboard not found', status: 'not-found' }];
    if (before?.provisioned === true) return [400, { message: 'Cannot save provisioned dashboard' }];
    const current = before?.versions[0]!.version ?? 0;
    const isOther = before !== undefined && model['id'] === null;
    if (content['overwrite'] !== true && (isOther || model['version'] !== current)) {
      return [412, { message: 'The dashboard has been changed by someone else', status: 'version-mismatch' }];
    }
    const version = { version: current + 1, message: String(content['message']), createdBy: 'sa-orc' };
    this.saved.set(uid, {
      model,
      id: before?.id ?? this.saved.size + 1,
      folderUid: String(content['folderUid']),
      versions: [version, ...(before?.versions ?? [])],
      provisioned: false,
    });
    return [200, { uid, url: `/grafana/d/${uid}/x`, status: 'success', version: current + 1 }];
  }
}
