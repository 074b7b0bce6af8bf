/** Where an incident is told. Pure. */
import type { NotificationsConfig } from '../../core/config/notifications.js';
import type { TeamConfig } from '../../core/config/teams.js';
import type { Route } from './types.js';

/** What says where incidents are told. */
export interface Addressed {
  readonly config: NotificationsConfig;
  readonly teams: readonly TeamConfig[];
}

/** @param team of the incident; one that the configuration does not know is told where those of no team are. */
export function routesOf({ config, teams }: Addressed, team: string | null): Route[] {
  // Of several entries of a team, the first says where it is told.
  const own = teams.find(({ name }) => name === team);
  const { slack, email } = config;
  const routes: Route[] = [];
  const channel = own?.slack_channel ?? slack.channel;
  if (channel !== null && (slack.token !== null || config.dry_run))
    routes.push({ channel: 'slack', destination: channel });
  const to = own !== undefined && own.email_to.length > 0 ? own.email_to : email.to;
  if (email.host !== null && to.length > 0) routes.push({ channel: 'email', destination: to.join(', ') });
  if (!config.dry_run) return routes;
  return routes.length === 0
    ? [{ channel: 'print', destination: 'nowhere' }]
    : routes.map((route) => ({ channel: 'print', destination: `${route.channel} ${route.destination}` }));
}

/** Where the digest goes: every place where incidents may be told, once. */
export function digestRoutes(addressed: Addressed): Route[] {
  const teams = [null, ...addressed.teams.map(({ name }) => name)];
  const routes = teams.flatMap((team) => routesOf(addressed, team));
  return [...new Map(routes.map((route) => [`${route.channel} ${route.destination}`, route])).values()];
}
