import type { ClassicDashboard } from './layouts/frame.js';
import { fileOf, type DashboardName } from '../catalogue.js';
import { dagDetail } from './layouts/dag-detail.js';
import { modelQuality } from './layouts/model-quality.js';
import { orcHealth } from './layouts/orc-health.js';
import { platformDashboard } from './layouts/platform.js';
import { riskOverview } from './layouts/risk-overview.js';

const BUILDERS: Readonly<Record<DashboardName, () => ClassicDashboard>> = {
  riskOverview,
  dagDetail,
  modelQuality,
  platform: platformDashboard,
  orcHealth,
};

/** All dashboards as Grafana's JSON, by the name of their file in dashboards/json. */
export function renderDashboardFiles(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(BUILDERS).map(([name, build]) => [
      fileOf(name as DashboardName),
      `${JSON.stringify(build(), null, 2)}\n`,
    ]),
  );
}
