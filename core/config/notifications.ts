import { z } from 'zod';
import { timeOfDay } from './time-of-day.js';
import { isTimeZone } from './time-zone.js';

const timeZone = z
  .string()
  .refine(isTimeZone, 'expected an IANA time zone, such as Europe/Berlin')
  .default('UTC');

export const slackChannel = z
  .string()
  .regex(
    /^(?:#[^\s#,<>@]{1,80}|[CGD][A-Z0-9]{6,})$/,
    'expected a channel, such as #data-alerts or C0123456789',
  );

export const emailAddress = z
  .string()
  .regex(/^[^\s<>@,;"]+@[^\s<>@,;"]+$/, 'expected an e-mail address, such as data@example.com');

const optional = <S extends z.ZodType>(schema: S, description: string) =>
  schema.nullable().default(null).meta({ description });

const secret = (description: string) =>
  z.string().min(1).nullable().default(null).meta({ description, secret: true });

const secretFile = (key: string) => optional(z.string().min(1), `File that holds \`${key}\`.`);

const slackSchema = z.strictObject({
  token: secret('Bot token of the Slack app (`xoxb-...`); without it nothing is sent to Slack.'),
  token_file: secretFile('token'),
  signing_secret: secret(
    'Signing secret of the app, for presses of buttons over HTTP; without it and `app_token` there are no buttons.',
  ),
  signing_secret_file: secretFile('signing_secret'),
  app_token: secret(
    'App-level token (`xapp-...`, scope connections:write): presses come by Socket Mode, where Slack cannot reach ORC.',
  ),
  app_token_file: secretFile('app_token'),
  channel: optional(slackChannel, 'Channel for incidents of no team that has its own.'),
  approvers: z
    .array(z.string().regex(/^[UW][A-Z0-9]{2,}$/, 'expected the id of a person in Slack, such as U024BE7LH'))
    .default([])
    .meta({
      description:
        'Ids of the people who may approve and reject actions with buttons; without any, nobody may.',
    }),
  api_url: z
    .url({ protocol: /^https?$/, error: 'expected an http:// or https:// address' })
    .default('https://slack.com/api/')
    .meta({ description: "Address of Slack's Web API." }),
  timeout_seconds: z
    .number()
    .min(1)
    .max(60)
    .default(10)
    .meta({ description: 'Longest wait for one answer of Slack.' }),
});

const emailSchema = z.strictObject({
  host: optional(z.string().min(1), 'SMTP server; without it no e-mail is sent.'),
  port: z.int().min(1).max(65_535).default(587).meta({ description: 'Its port.' }),
  encryption: z.enum(['starttls', 'tls', 'none']).default('starttls').meta({
    description: '`starttls` and `tls` demand encryption; `none` sends in the clear.',
  }),
  username: optional(z.string().min(1), 'User at the SMTP server.'),
  password: secret('Password of that user.'),
  password_file: secretFile('password'),
  from: optional(emailAddress, 'Sender; needed with `host`.'),
  to: z
    .array(emailAddress)
    .default([])
    .meta({ description: 'Who gets incidents of no team that has its own addresses.' }),
  timeout_seconds: z
    .number()
    .min(1)
    .max(60)
    .default(20)
    .meta({ description: 'Longest wait for one answer of the SMTP server.' }),
});

const quietHoursSchema = z.strictObject({
  from: optional(timeOfDay, 'Time of day from which on warnings wait; there are no quiet hours without it.'),
  to: optional(timeOfDay, 'Time of day at which they end.'),
  weekend: z.boolean().default(false).meta({ description: 'Whether Saturday and Sunday are quiet all day.' }),
  time_zone: timeZone.meta({ description: 'Time zone of these times.' }),
});

const digestSchema = z.strictObject({
  at: optional(timeOfDay, 'Time of day of the daily digest; there is none without it.'),
  time_zone: timeZone.meta({ description: 'Time zone of `at`.' }),
});

/** `notifications`: where incidents are told. Nothing is sent unless Slack or e-mail is set up. */
export const notificationsSchema = z
  .strictObject({
    dry_run: z.boolean().default(false).meta({
      description: 'Print what would be sent on standard error, and send nothing.',
    }),
    public_url: optional(
      z.url({
        protocol: /^https?$/,
        error: 'expected an http:// or https:// address, such as https://orc.example.com',
      }),
      'Address at which people reach these pages, for the links in messages.',
    ),
    update_seconds: z.number().min(5).max(3600).default(60).meta({
      description: 'Shortest time between two updates of one message for its risk alone.',
    }),
    snooze_hours: z.number().min(0.25).max(168).default(4).meta({
      description: 'For how long the button Snooze holds back messages about a DAG.',
    }),
    quiet_hours: quietHoursSchema.prefault({}).meta({
      description: 'When warnings wait; what is critical never does.',
    }),
    digest: digestSchema.prefault({}).meta({ description: 'The incidents of the last day in one message.' }),
    slack: slackSchema.prefault({}).meta({ description: 'Messages to Slack.' }),
    email: emailSchema.prefault({}).meta({ description: 'E-mail.' }),
  })
  .refine(
    ({ quiet_hours: { from, to } }) => (from === null) === (to === null) && (from === null || from !== to),
    '`quiet_hours` needs both `from` and `to`, at different times',
  )
  .refine(
    ({ slack }) => (slack.token === null && slack.token_file === null) || slack.channel !== null,
    '`slack.token` needs `slack.channel`: the channel for incidents of no team that has its own',
  )
  .refine(
    ({ slack }) =>
      (slack.app_token === null && slack.app_token_file === null) ||
      slack.token !== null ||
      slack.token_file !== null,
    '`slack.app_token` needs `slack.token`: buttons are part of the messages that it sends',
  )
  .refine(
    ({ email }) => email.host === null || (email.from !== null && email.to.length > 0),
    '`email.host` needs `email.from` and at least one address in `email.to`',
  );

export type NotificationsConfig = z.output<typeof notificationsSchema>;
