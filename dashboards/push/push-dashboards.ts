import { AppError } from '../../core/errors.js';
import type { DashboardFile } from '../read-dashboards.js';
import { decidePush, pushMessage } from './decide.js';
import type { GrafanaClient, GrafanaFolder, StoredDashboard } from './grafana-client.js';

export interface PushOptions {
  readonly client: GrafanaClient;
  readonly dashboards: readonly DashboardFile[];
  /** Title or uid of the folder; made where there is none. */
  readonly folder: string;
  /** Replaces what somebody edited. */
  readonly force: boolean;
  /** Version of ORC, for Grafana's version history. */
  readonly version: string;
}

export interface PushedDashboard {
  readonly uid: string;
  readonly title: string;
  readonly outcome: 'created' | 'updated' | 'unchanged';
  /** Below the address of Grafana; null when nothing was saved. */
  readonly path: string | null;
}

const OUTCOMES = { create: 'created', update: 'updated', unchanged: 'unchanged' } as const;

/**
 * Saves dashboards in Grafana. Nothing is saved when one of them may not be replaced.
 *
 * @throws AppError `conflict` that names those that somebody edited or that are provisioned
 */
export async function pushDashboards(options: PushOptions): Promise<PushedDashboard[]> {
  const { client, force, version } = options;
  const found = await findFolder(client, options.folder);
  const plans = [];
  for (const { model } of options.dashboards) {
    const stored = await client.dashboard(model.uid);
    plans.push({ model, stored, decision: decidePush(model, stored, found?.uid ?? '', force) });
  }
  const refused = plans.flatMap(({ model, stored, decision }) =>
    decision.action === 'refuse' ? [refusal(model.title, decision.reason, stored!)] : [],
  );
  if (refused.length > 0) {
    throw new AppError('conflict', `nothing was pushed: ${refused.join('; ')}`, {
      fix: 'Save your copy of an edited one under another name, then push with --force. A provisioned one changes only with its file.',
    });
  }
  const folder = found ?? (await client.createFolder(options.folder));
  const pushed: PushedDashboard[] = [];
  for (const { model, stored, decision } of plans) {
    if (decision.action === 'refuse') continue;
    const { uid, title } = model;
    const path =
      decision.action === 'unchanged'
        ? null
        : await client.save({
            model,
            folderUid: folder.uid,
            message: pushMessage(version, model),
            replaces: stored,
            overwrite: force,
          });
    pushed.push({ uid, title, outcome: OUTCOMES[decision.action], path });
  }
  return pushed;
}

async function findFolder(client: GrafanaClient, name: string): Promise<GrafanaFolder | undefined> {
  const folders = await client.folders();
  const byUid = folders.find(({ uid }) => uid === name);
  if (byUid !== undefined) return byUid;
  const matching = folders.filter(({ title }) => title === name);
  if (matching.length > 1) {
    const uids = matching.map(({ uid }) => uid).join(', ');
    throw new AppError('usage', `--folder: Grafana has ${matching.length} folders ${JSON.stringify(name)}`, {
      fix: `Name one by its uid, of ${uids}.`,
    });
  }
  return matching[0];
}

function refusal(title: string, reason: 'provisioned' | 'edited', stored: StoredDashboard): string {
  const name = JSON.stringify(title);
  if (reason === 'provisioned') return `${name} is provisioned from a file`;
  return `${name} was last saved by ${stored.updatedBy || 'somebody'} at ${stored.updated || 'an unknown time'}, not by a push`;
}
