/** The dashboards by name. Their uids are part of links that people keep, so they stay as they are. */
export const DASHBOARDS = {
  riskOverview: { uid: 'orc-risk-overview', title: 'ORC / Risk overview' },
  dagDetail: { uid: 'orc-dag-detail', title: 'ORC / DAG detail' },
  modelQuality: { uid: 'orc-model-quality', title: 'ORC / Model quality' },
  platform: { uid: 'orc-platform', title: 'ORC / Platform' },
  orcHealth: { uid: 'orc-health', title: 'ORC / ORC health' },
} as const;

export type DashboardName = keyof typeof DASHBOARDS;

/** Name of its file in dashboards/json. */
export function fileOf(name: DashboardName): string {
  return `${DASHBOARDS[name].uid.replace(/^orc-(?!health)/, '')}.json`;
}
