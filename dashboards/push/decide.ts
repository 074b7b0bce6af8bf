import { createHash } from 'node:crypto';
import type { DashboardModel } from '../read-dashboards.js';
import type { StoredDashboard } from './grafana-client.js';

/** What to do with one dashboard. */
export type PushDecision =
  | { readonly action: 'create' | 'update' | 'unchanged' }
  | { readonly action: 'refuse'; readonly reason: 'provisioned' | 'edited' };

const MESSAGE = /^orc-ai \S+, content ([0-9a-f]{16})$/;

/** What is said in Grafana's version history, and by which a later push knows its own. */
export function pushMessage(version: string, model: DashboardModel): string {
  return `orc-ai ${version}, content ${contentHash(model)}`;
}

/**
 * A dashboard may be replaced as long as its newest version is one that a push saved: whatever a person saves has
 * another message. A provisioned one belongs to files, which Grafana lets nobody overwrite.
 */
export function decidePush(
  model: DashboardModel,
  stored: StoredDashboard | null,
  folderUid: string,
  force: boolean,
): PushDecision {
  if (stored === null) return { action: 'create' };
  if (stored.isProvisioned) return { action: 'refuse', reason: 'provisioned' };
  const pushed = MESSAGE.exec(stored.message ?? '')?.[1];
  if (pushed === undefined) return force ? { action: 'update' } : { action: 'refuse', reason: 'edited' };
  const isSame = pushed === contentHash(model) && stored.folderUid === folderUid;
  return { action: isSame ? 'unchanged' : 'update' };
}

function contentHash(model: DashboardModel): string {
  return createHash('sha256').update(JSON.stringify(model)).digest('hex').slice(0, 16);
}
