import { z } from 'zod';
import { isTimeZone } from './time-zone.js';

/** A web address that ends up in an annotation, where `{{` would begin a template. */
const webAddress = z
  .url({ protocol: /^https?$/, error: 'expected an http:// or https:// address' })
  .refine((text) => !/[{}"\\]/.test(text), 'expected an address without `{`, `}`, `"` and `\\`');
const optional = (description: string) => z.string().min(1).nullable().default(null).meta({ description });

export const linksSchema = z.strictObject({
  orc_url: webAddress
    .default('http://127.0.0.1:9810')
    .meta({ description: 'Address at which people and Alertmanager reach ORC.' }),
  dashboard_url: webAddress.nullable().default(null).meta({
    description:
      'Grafana dashboard to link to, which takes `var-deployment` and `var-dag_id`; the pages of ORC unless set.',
  }),
  runbook_url: webAddress
    .default('https://unpkg.com/orc-ai/docs/runbooks/')
    .meta({ description: 'Where the runbooks are; the name of a page follows.' }),
});

/** Used as a label, in names of receivers and in matchers. */
export const teamName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/, 'expected 1 to 63 letters, digits, `_`, `.` or `-`');

/** Beside the webhook of ORC, which always gets everything. */
export const receiverFields = {
  pagerduty_key_file: optional(
    "File with a PagerDuty integration key (Events API v2), on Alertmanager's host.",
  ),
  slack_channel: optional('Slack channel to which Alertmanager itself writes, such as `#data-alerts`.'),
  email_to: z
    .email()
    .nullable()
    .default(null)
    .meta({ description: 'Address to which Alertmanager itself writes.' }),
};

const TIME_OF_DAY = /^(?:[01]\d|2[0-3]):[0-5]\d$/;
const DAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const;

const timeOfDay = (standard: string, description: string) =>
  z
    .string()
    .regex(TIME_OF_DAY, 'expected a time of day from 00:00 to 23:59, such as 07:30')
    .default(standard)
    .meta({ description });

const officeHoursSchema = z
  .strictObject({
    enabled: z.boolean().default(false).meta({
      description:
        'Hold back what is not critical outside these hours, from Slack, PagerDuty and e-mail by Alertmanager.',
    }),
    from: timeOfDay('08:00', 'When they begin.'),
    to: timeOfDay('18:00', 'When they end, on the same day.'),
    first_day: z.enum(DAYS).default('monday').meta({ description: 'First day of the working week.' }),
    last_day: z.enum(DAYS).default('friday').meta({ description: 'Last day of the working week.' }),
    time_zone: z
      .string()
      .refine(isTimeZone, 'expected an IANA time zone, such as Europe/Berlin')
      .default('UTC')
      .meta({ description: 'Time zone of these hours.' }),
  })
  .refine(({ from, to }) => from < to, '`from` has to be before `to`');

export const alertmanagerSchema = z.strictObject({
  url: webAddress.nullable().default(null).meta({ description: 'Alertmanager, for `orc alerts test`.' }),
  token: z.string().min(1).nullable().default(null).meta({
    description: 'Bearer token that Alertmanager (or a proxy before it) wants.',
    secret: true,
  }),
  token_file: optional('File that holds `token`.'),
  credentials_file: z.string().min(1).default('/etc/alertmanager/orc-token').meta({
    description: "File with an API token of ORC, on Alertmanager's host: with it Alertmanager posts to ORC.",
  }),
  slack_url_file: optional(
    "File with a Slack webhook address, on Alertmanager's host; needed for `slack_channel`.",
  ),
  ...receiverFields,
  smtp: z
    .strictObject({
      smarthost: optional('Mail server and port, such as `smtp.example.com:587`; needed for `email_to`.'),
      from: z.email().nullable().default(null).meta({ description: 'Address of the sender.' }),
      username: optional('User at the mail server.'),
      password_file: optional("File with the password, on Alertmanager's host."),
    })
    .prefault({})
    .meta({ description: 'For mail that Alertmanager itself writes.' }),
  office_hours: officeHoursSchema.prefault({}).meta({ description: 'When people work.' }),
});
export type AlertmanagerConfig = z.output<typeof alertmanagerSchema>;

type Receivers = Pick<AlertmanagerConfig, 'slack_channel' | 'email_to'>;

interface Routed {
  readonly teams: readonly { readonly alertmanager: Receivers }[];
  readonly alerts: { readonly alertmanager: AlertmanagerConfig };
}

/** Receivers that lack what Alertmanager needs for them. */
export function checkReceivers({ teams, alerts: { alertmanager } }: Routed, context: z.RefinementCtx): void {
  const issue = (path: (string | number)[], message: string): void => {
    context.addIssue({ code: 'custom', path, message });
  };
  const all: { place: (string | number)[]; receiver: Receivers }[] = [
    { place: ['alerts', 'alertmanager'], receiver: alertmanager },
    ...teams.map((team, index) => ({ place: ['teams', index, 'alertmanager'], receiver: team.alertmanager })),
  ];
  for (const { place, receiver } of all) {
    if (receiver.slack_channel !== null && alertmanager.slack_url_file === null)
      issue([...place, 'slack_channel'], 'needs `alerts.alertmanager.slack_url_file`');
    const { smarthost, from } = alertmanager.smtp;
    if (receiver.email_to !== null && (smarthost === null || from === null))
      issue([...place, 'email_to'], 'needs `alerts.alertmanager.smtp.smarthost` and `.from`');
  }
}
