import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { alertmanagerFile, renderAlertmanager } from '../../alerts/alertmanager/render.js';
import { configSchema } from '../../core/config/schema.js';
import { ruleGroups, ruleSettings } from '../../alerts/rules/render.js';

const config = (alerts: object = {}, teams: readonly object[] = []) => configSchema.parse({ alerts, teams });
const file = (alerts: object = {}) => alertmanagerFile(config(alerts));

describe('alertmanager.yaml', () => {
  it('posts everything to ORC with a token from a file, resolved alerts too', () => {
    const { receivers, route } = file({ links: { orc_url: 'https://orc.example.com/' } });
    expect(receivers).toEqual([
      {
        name: 'orc',
        webhook_configs: [
          {
            url: 'https://orc.example.com/api/v1/alerts',
            send_resolved: true,
            http_config: {
              authorization: { type: 'Bearer', credentials_file: '/etc/alertmanager/orc-token' },
            },
          },
        ],
      },
    ]);
    expect(route).toMatchObject({ receiver: 'orc', group_by: ['deployment', 'dag_id', 'pool'] });
  });

  it('names only alerts that there are in its inhibitions', () => {
    const all = Object.values(ruleGroups(ruleSettings(config()))).flatMap(({ rules }) => rules);
    const known = new Set(all.flatMap((rule) => ('alert' in rule ? [rule.alert] : [])));
    const named = file()
      .inhibit_rules.flatMap((rule) => [...rule.source_matchers, ...rule.target_matchers])
      .flatMap((matcher) => /^alertname=~?"(.*)"$/.exec(matcher)?.[1]?.split('|') ?? []);
    expect(named.length).toBeGreaterThan(0);
    expect(named.filter((name) => !known.has(name))).toEqual([]);
  });

  it('holds back what is not critical outside office hours, but never what goes to ORC', () => {
    const { route, time_intervals } = file({
      alertmanager: {
        ...{ slack_url_file: '/s', slack_channel: '#a' },
        office_hours: { enabled: true, from: '09:00', to: '17:00', time_zone: 'Europe/Berlin' },
      },
    });
    const limited = route.routes!.filter((one) => one.active_time_intervals !== undefined);
    expect(limited.map(({ receiver, matchers }) => [receiver, matchers])).toEqual([
      ['general-messages', ['severity!="critical"']],
    ]);
    expect(time_intervals).toEqual([
      {
        name: 'office-hours',
        time_intervals: [
          {
            times: [{ start_time: '09:00', end_time: '17:00' }],
            weekdays: ['monday:friday'],
            location: 'Europe/Berlin',
          },
        ],
      },
    ]);
  });

  it('escapes for Slack what stands in summaries', () => {
    const text = renderAlertmanager(config({ alertmanager: { slack_url_file: '/s', slack_channel: '#a' } }));
    const { receivers } = parse(text) as {
      receivers: { slack_configs?: { text: string; title: string }[] }[];
    };
    const { text: body, title } = receivers[1]!.slack_configs![0]!;
    for (const template of [body, title])
      expect(template).toContain('.Annotations.summary | reReplaceAll "&" "&amp;" | reReplaceAll "<" "&lt;"');
  });

  it.each([
    [
      'mail without a server',
      { alertmanager: { email_to: 'a@example.com' } },
      /needs `alerts\.alertmanager\.smtp\.smarthost`/,
    ],
    ['a template in a link', { links: { orc_url: 'http://a/{{ b }}' } }, /without `\{`/],
    [
      'hours that end before they begin',
      { alertmanager: { office_hours: { from: '18:00', to: '08:00' } } },
      /`from` has to be before `to`/,
    ],
  ])('refuses %s', (_, alerts, message) => {
    expect(() => config(alerts)).toThrow(message);
  });

  it.each([
    [
      'a channel without the address of Slack',
      [{ name: 'a', alertmanager: { slack_channel: '#a' } }],
      /needs `alerts\.alertmanager\.slack_url_file`/,
    ],
    ['a name that is no label', [{ name: 'a"b' }], /1 to 63 letters/],
    [
      'two channels of one team',
      [
        { name: 'a', slack_channel: '#a' },
        { name: 'a', slack_channel: '#b' },
      ],
      /differs from that of entry 0/,
    ],
    [
      'two receivers of one team',
      [
        { name: 'a', alertmanager: { pagerduty_key_file: '/a' } },
        { name: 'a', alertmanager: { pagerduty_key_file: '/b' } },
      ],
      /differs from that of entry 0/,
    ],
  ])('refuses teams with %s', (_, teams, message) => {
    expect(() => config({}, teams)).toThrow(message);
  });
});
