import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AppError } from '../core/errors.js';
import { DASHBOARDS, fileOf, type DashboardName } from './catalogue.js';

/** A dashboard as Grafana's API and its provisioning take it. */
export interface DashboardModel {
  readonly uid: string;
  readonly title: string;
  readonly templating: { readonly list: readonly { readonly name: string; readonly query?: unknown }[] };
  readonly [key: string]: unknown;
}

export interface DashboardFile {
  /** Name of the file, such as `risk-overview.json`. */
  readonly file: string;
  readonly model: DashboardModel;
}

/** Where the package keeps the JSON, in a checkout and installed. */
function jsonFolder(): string {
  const fromHere = import.meta.url.includes('/dist/') ? '../../dashboards/json' : './json';
  return fileURLToPath(new URL(fromHere, import.meta.url));
}

/**
 * The shipped dashboards.
 *
 * @param orcUrl address of ORC that their links lead to, instead of the default one
 * @throws AppError `usage` when that is no http(s) address
 */
export function readDashboards(orcUrl: string | null = null): DashboardFile[] {
  const address = orcUrl === null ? null : checkAddress(orcUrl);
  return (Object.keys(DASHBOARDS) as DashboardName[]).map((name) => {
    const file = fileOf(name);
    const model = JSON.parse(readFileSync(join(jsonFolder(), file), 'utf8')) as DashboardModel;
    return { file, model: address === null ? model : linkedTo(address, model) };
  });
}

function checkAddress(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol) || url.search !== '' || url.hash !== '') {
    throw new AppError('usage', `--orc-url: ${JSON.stringify(text)} is not an address of ORC`, {
      fix: 'Expected http:// or https:// with host and, where there is one, port and path, such as https://orc.example.com.',
    });
  }
  return url.href.replace(/\/+$/, '');
}

function linkedTo(orcUrl: string, model: DashboardModel): DashboardModel {
  const list = model.templating.list.map((variable) =>
    variable.name === 'orc_url' ? { ...variable, query: orcUrl } : variable,
  );
  return { ...model, templating: { ...model.templating, list } };
}
