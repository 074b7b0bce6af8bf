/**
 * The configuration of Alertmanager. Everything goes to the webhook of ORC, which is the one that writes to people. Beside it,
 * where that is configured, alerts go to the addresses of their team, or to the general ones where it has none.
 */
import { stringify } from 'yaml';
import type { AlertmanagerConfig } from '../../core/config/alert-routing.js';
import type { Config } from '../../core/config/schema.js';
import { INHIBIT_RULES } from './inhibition.js';
import { directReceiver, orcWebhook, pagingReceiver, type Addresses } from './receivers.js';
import type { AlertmanagerFile, Receiver, Route } from './types.js';

export const WEBHOOK_RECEIVER = 'orc';
const WEBHOOK_PATH = '/api/v1/alerts';
const OFFICE_HOURS = 'office-hours';

/** What the routes depend on. */
type RoutingConfig = Pick<Config, 'teams'> & {
  readonly alerts: Pick<Config['alerts'], 'links' | 'alertmanager'>;
};

/** Team names are letters, digits, `_`, `.` and `-`, so they need no escaping. */
function routesFor(
  prefix: string,
  matchers: readonly string[],
  addresses: Addresses,
  limited: boolean,
): { readonly receivers: readonly Receiver[]; readonly routes: readonly Route[] } {
  const direct = directReceiver(`${prefix}-messages`, addresses);
  const paging = pagingReceiver(`${prefix}-pages`, addresses);
  const routes: Route[] = [];
  if (paging !== null)
    routes.push({ receiver: paging.name, matchers: [...matchers, 'severity="critical"'], continue: true });
  if (direct !== null && limited) {
    const critical = [...matchers, 'severity="critical"'];
    routes.push({ receiver: direct.name, matchers: critical, continue: true });
    const others = [...matchers, 'severity!="critical"'];
    routes.push({
      ...{ receiver: direct.name, matchers: others, continue: true },
      active_time_intervals: [OFFICE_HOURS],
    });
  } else if (direct !== null) {
    routes.push({ receiver: direct.name, matchers, continue: true });
  }
  return { receivers: [direct, paging].filter((receiver) => receiver !== null), routes };
}

/** The configuration as an object. A team without addresses of its own, and a team that nobody knows, get the general ones. */
export function alertmanagerFile({
  teams,
  alerts: { links, alertmanager },
}: RoutingConfig): AlertmanagerFile {
  const limited = alertmanager.office_hours.enabled;
  const addressed = firstEntries(teams).filter(
    ({ alertmanager: own }) => (own.slack_channel ?? own.email_to ?? own.pagerduty_key_file) !== null,
  );
  const ofTeams = addressed.map((team) =>
    routesFor(`team-${team.name}`, [`team="${team.name}"`], team.alertmanager, limited),
  );
  const others =
    addressed.length === 0 ? [] : [`team!~"${addressed.map(({ name }) => escapeRegex(name)).join('|')}"`];
  const parts = [...ofTeams, routesFor('general', others, alertmanager, limited)];
  const webhook = orcWebhook(
    `${links.orc_url.replace(/\/$/, '')}${WEBHOOK_PATH}`,
    alertmanager.credentials_file,
  );
  const global = globalPart(alertmanager);
  return {
    ...(global === null ? {} : { global }),
    route: {
      receiver: WEBHOOK_RECEIVER,
      // One group is one DAG, or pool, of one deployment; what is of neither groups by deployment.
      group_by: ['deployment', 'dag_id', 'pool'],
      group_wait: '10s',
      group_interval: '1m',
      repeat_interval: '4h',
      routes: [{ receiver: WEBHOOK_RECEIVER, continue: true }, ...parts.flatMap(({ routes }) => routes)],
    },
    inhibit_rules: INHIBIT_RULES,
    receivers: [
      { name: WEBHOOK_RECEIVER, webhook_configs: [webhook] },
      ...parts.flatMap(({ receivers }) => receivers),
    ],
    ...(limited ? { time_intervals: [officeHours(alertmanager)] } : {}),
  };
}

/** alertmanager.yaml. */
export function renderAlertmanager(config: RoutingConfig): string {
  const text = stringify(alertmanagerFile(config), { lineWidth: 0, aliasDuplicateObjects: false });
  return `# Written by orc alerts render; change the configuration instead.\n${text}`;
}

/** A team may have several entries: the first says who gets its alerts. */
function firstEntries(teams: RoutingConfig['teams']): RoutingConfig['teams'] {
  return teams.filter(({ name }, index) => teams.findIndex((team) => team.name === name) === index);
}

function escapeRegex(name: string): string {
  return name.replaceAll('.', '[.]');
}

function globalPart({ slack_url_file: slackUrl, smtp }: AlertmanagerConfig): object | null {
  const settings = {
    ...(slackUrl === null ? {} : { slack_api_url_file: slackUrl }),
    ...(smtp.smarthost === null ? {} : { smtp_smarthost: smtp.smarthost }),
    ...(smtp.from === null ? {} : { smtp_from: smtp.from }),
    ...(smtp.username === null ? {} : { smtp_auth_username: smtp.username }),
    ...(smtp.password_file === null ? {} : { smtp_auth_password_file: smtp.password_file }),
  };
  return Object.keys(settings).length === 0 ? null : settings;
}

function officeHours({ office_hours: hours }: AlertmanagerConfig) {
  const { from, to, first_day: first, last_day: last, time_zone: location } = hours;
  return {
    name: OFFICE_HOURS,
    time_intervals: [
      { times: [{ start_time: from, end_time: to }], weekdays: [`${first}:${last}`], location },
    ],
  };
}
