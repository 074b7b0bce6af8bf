/** Grafana dashboards: the shipped JSON, and the way into Grafana. The code that makes them is in source/. */
export { DASHBOARDS, type DashboardName } from './catalogue.js';
export { createGrafanaClient } from './push/grafana-client.js';
export { pushDashboards, type PushedDashboard } from './push/push-dashboards.js';
export { readDashboards, type DashboardFile, type DashboardModel } from './read-dashboards.js';
