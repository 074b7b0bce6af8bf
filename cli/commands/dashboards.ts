import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { AppError, errorMessage } from '../../core/errors.js';
import {
  createGrafanaClient,
  pushDashboards,
  readDashboards,
  type PushedDashboard,
} from '../../dashboards/index.js';
import { addCommand, addGroup, formatTable } from '../command.js';
import { createContext, type CommonOptions } from '../context.js';
import { packageVersion } from '../package-version.js';

interface RenderOptions extends CommonOptions {
  readonly out: string;
  readonly orcUrl?: string;
}

interface PushCommandOptions extends CommonOptions {
  readonly url: string;
  readonly tokenFile: string;
  readonly folder: string;
  readonly orcUrl?: string;
  readonly force?: boolean;
}

const ORC_URL_HELP = 'address of ORC that links lead to (default: http://127.0.0.1:9810)';

/** `orc dashboards render/push` */
export function addDashboards(program: Command): void {
  const group = addGroup(
    program,
    'dashboards',
    'Grafana dashboards',
    'orc dashboards push --url https://grafana.example.com --token-file grafana-token',
  );
  addCommand(
    group,
    'render',
    'write the dashboards as JSON, for provisioning or an import by hand',
    'orc dashboards render --out /var/lib/grafana/dashboards/orc-ai',
  )
    .option('--out <dir>', 'folder to write to; made where it is missing', 'orc-dashboards')
    .option('--orc-url <url>', ORC_URL_HELP)
    .action((options: RenderOptions) => {
      const { context, finish } = createContext(options);
      try {
        const files = render(options);
        context.print({ files }, files.join('\n'));
      } finally {
        finish();
      }
    });
  addCommand(
    group,
    'push',
    'save the dashboards in Grafana; what somebody edited there stays unless forced',
    'orc dashboards push --url https://grafana.example.com --token-file grafana-token --folder "ORC AI"',
  )
    .requiredOption('--url <url>', 'address of Grafana')
    .requiredOption(
      '--token-file <file>',
      'file that holds the token of a service account with the role Editor',
    )
    .option(
      '--folder <name>',
      'title or uid of a folder at the top level; made where it is missing',
      'ORC AI',
    )
    .option('--orc-url <url>', ORC_URL_HELP)
    .option('--force', 'replace dashboards that somebody edited')
    .action(async (options: PushCommandOptions) => {
      const { context, finish } = createContext(options);
      try {
        const pushed = await pushDashboards({
          client: createGrafanaClient(grafanaAddress(options.url), readToken(options.tokenFile)),
          dashboards: readDashboards(options.orcUrl ?? null),
          folder: options.folder,
          force: options.force === true,
          version: packageVersion(),
        });
        context.print(pushed, () => formatPushed(pushed));
      } finally {
        finish();
      }
    });
}

function render({ out, orcUrl }: RenderOptions): string[] {
  const dashboards = readDashboards(orcUrl ?? null);
  try {
    mkdirSync(out, { recursive: true });
    return dashboards.map(({ file, model }) => {
      const path = join(out, file);
      writeFileSync(path, `${JSON.stringify(model, null, 2)}\n`);
      return path;
    });
  } catch (error) {
    throw new AppError('usage', `--out: ${errorMessage(error)}`, {
      cause: error,
      fix: 'Name a folder that can be written to.',
    });
  }
}

function grafanaAddress(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new AppError('usage', `--url: ${JSON.stringify(text)} is not an address`, {
      fix: 'Expected http:// or https:// with host and, where there is one, port and path, such as https://grafana.example.com.',
    });
  }
  if (url.username !== '' || url.password !== '') {
    throw new AppError('usage', '--url holds a user or password', {
      fix: 'Leave them out; the token of a service account goes into the file of --token-file.',
    });
  }
  return `${url.origin}${url.pathname}`;
}

function readToken(file: string): string {
  let token: string;
  try {
    token = readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw new AppError('usage', `--token-file: ${errorMessage(error)}`, { cause: error });
  }
  if (!/^[\x21-\x7e]+$/.test(token)) {
    throw new AppError('usage', `--token-file: ${file} holds no token`, {
      fix: 'Expected one line with a token such as Grafana shows once, glsa_...',
    });
  }
  return token;
}

function formatPushed(pushed: readonly PushedDashboard[]): string {
  return formatTable(
    ['dashboard', 'outcome', 'path'],
    pushed.map(({ title, outcome, path }) => [title, outcome, path ?? '-']),
  );
}
