import { z } from 'zod';
import { LOG_LEVELS } from '../logger.js';
import { actionsSchema } from './actions.js';
import { checkReceivers } from './alert-routing.js';
import { adviceSchema } from './advice.js';
import { alertsSchema } from './alerts.js';
import { deadlineSchema } from './deadlines.js';
import { failureReasonsSchema } from './failure-reasons.js';
import { headersSchema } from './headers.js';
import { modelSchema } from './model.js';
import { notificationsSchema } from './notifications.js';
import { statsdSchema } from './statsd.js';
import { teamsSchema } from './teams.js';

/**
 * The one configuration schema: types, defaults, docs/configuration.md and orc.example.yaml come from it.
 * Keys are snake_case as in orc.yaml. A field marked secret is hidden when printed, and may be read from `<key>_file`.
 */
const secret = (description: string) =>
  z.string().min(1).nullable().default(null).meta({ description, secret: true });
const secretFile = (key: string) =>
  z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .meta({ description: `File that holds \`${key}\`.` });

const airflowUrl = z
  .url({
    protocol: /^https?$/,
    error: 'expected an http:// or https:// address, such as http://airflow.example.com:8080',
  })
  .meta({
    description: 'Address of the Airflow web server or API server, with its path prefix if it has one.',
  });

const actingSchema = z.strictObject({
  username: z.string().min(1).nullable().default(null).meta({
    description: 'User that may clear task instances (docs/actions.md names the rights).',
  }),
  password: secret('Password of that user.'),
  password_file: secretFile('password'),
  token: secret('An access token instead of user and password.'),
  token_file: secretFile('token'),
});

const deploymentName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/, 'expected 1 to 63 letters, digits, `_`, `.` or `-`')
  .meta({ description: 'Name of this Airflow installation in facts, metrics and pages.' });

export const deploymentSchema = z.strictObject({
  name: deploymentName.default('default'),
  url: airflowUrl,
  username: z.string().min(1).nullable().default(null).meta({ description: 'User with the role Viewer.' }),
  password: secret('Password of that user.'),
  password_file: secretFile('password'),
  token: secret('An access token instead of user and password.'),
  token_file: secretFile('token'),
  headers: headersSchema.default({}).meta({
    description: 'Further HTTP headers for a gateway in front of Airflow; their values are secrets.',
  }),
  headers_file: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .meta({ description: 'File of further headers, a line `Name: value` for each.' }),
  ca_file: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .meta({ description: 'Certificates (PEM) of authorities to trust beside those that Node ships with.' }),
  proxy: secret(
    'HTTP proxy on the way to Airflow, with its credentials if it wants any, such as http://user:password@proxy.example.com:3128.',
  ),
  proxy_file: secretFile('proxy'),
  concurrency: z.int().min(1).max(2).default(1).meta({
    description: "Requests under way at once; 1 leaves most of Airflow's API server to its users and tasks.",
  }),
  metadata_database_url: secret(
    "Airflow's metadata database (PostgreSQL) as the source of run history, such as postgresql://orc_reader@db.example.com/airflow; without it the REST API is.",
  ),
  metadata_database_url_file: secretFile('metadata_database_url'),
  poll_interval_seconds: z.number().min(1).max(3600).nullable().default(null).meta({
    description:
      'Seconds between two incremental collections; default 60, with `metadata_database_url` 4 (a change is then known within 5 s); more where Airflow takes over a quarter of them to answer.',
  }),
  timeout_seconds: z
    .number()
    .min(1)
    .max(600)
    .default(30)
    .meta({ description: 'Longest wait for one answer of Airflow.' }),
  page_size: z
    .int()
    .min(1)
    .max(1000)
    .default(100)
    .meta({ description: 'Rows asked for at once; Airflow caps it (100 unless configured there).' }),
  history_days: z
    .number()
    .min(1)
    .max(3650)
    .default(365)
    .meta({ description: 'How far back the first collection reaches.' }),
  failure_reasons: failureReasonsSchema
    .prefault({})
    .meta({ description: 'Why tries failed, from their logs.' }),
  statsd: statsdSchema.prefault({}).meta({ description: 'Metrics that this Airflow sends.' }),
  worker_slots: z.int().min(1).max(10_000).nullable().default(null).meta({
    description:
      'Tasks that one worker runs at once (`[celery] worker_concurrency`); with it `orc_recommended_workers` is told, for a KEDA ScaledObject.',
  }),
  acting: actingSchema.prefault({}).meta({
    description: 'Credentials for actions, apart from those for reading; without any, nothing is ever done.',
  }),
});

const serverSchema = z.strictObject({
  host: z
    .string()
    .min(1)
    .default('127.0.0.1')
    .meta({ description: 'Address to listen on. Beyond loopback, at least one API token must exist.' }),
  port: z
    .int()
    .min(0)
    .max(65535)
    .default(9810)
    .meta({ description: 'Port to listen on; 0 takes a free one.' }),
  allowed_hosts: z.array(z.string().min(1)).default([]).meta({
    description: 'Host names accepted in the Host and Origin headers beside loopback names and `host`.',
  }),
  metrics_public: z
    .boolean()
    .default(false)
    .meta({ description: 'Serve /metrics without a token even where tokens are required.' }),
  dag_series_limit: z.int().min(0).max(100_000).default(20_000).meta({
    description:
      'At most this many DAGs, the riskiest, get series on /metrics; `orc_dags_without_series` counts the others.',
  }),
  task_series_limit: z.int().min(0).max(100_000).default(1000).meta({
    description: 'At most this many tasks, the riskiest, get an `orc_task_failure_risk_ratio` series.',
  }),
});

const scoringSchema = z.strictObject({
  interval_seconds: z
    .number()
    .min(1)
    .max(3600)
    .default(15)
    .meta({ description: 'Longest time between two scorings; new facts trigger one sooner.' }),
});

const retentionSchema = z.strictObject({
  platform_fact_days: z.int().min(1).max(3650).default(30).meta({
    description: 'Days for which measurements of the platform (StatsD, health of components) are kept.',
  }),
  score_days: z.int().min(1).max(3650).default(30).meta({
    description: 'Days for which served scores are kept, with their vectors and outcomes.',
  }),
  incident_days: z.int().min(1).max(3650).default(365).meta({
    description: 'Days for which closed incidents are kept, with their messages and feedback.',
  }),
});

export const configSchema = z
  .strictObject({
    data_dir: z.string().min(1).nullable().default(null).meta({
      description:
        'Folder of the embedded database; default `$XDG_DATA_HOME/orc-ai` or `~/.local/share/orc-ai`.',
    }),
    database_url: secret(
      'PostgreSQL 14 or newer, such as postgresql://orc@db.example.com/orc; without it ORC runs its own.',
    ),
    database_url_file: secretFile('database_url'),
    log_level: z
      .enum(LOG_LEVELS)
      .default('info')
      .meta({ description: 'Least severity written to standard error.' }),
    deployments: z
      .array(deploymentSchema)
      .default([])
      .meta({ description: 'The Airflow installations to watch.' }),
    deadlines: z.array(deadlineSchema).default([]).meta({
      description: 'By when runs have to end; of other DAGs the deadline is learnt from earlier runs.',
    }),
    teams: teamsSchema.default([]).meta({
      description:
        'Teams, their DAGs and where they are told. The first entry that matches a DAG counts; a DAG may be of no team.',
    }),
    alerts: alertsSchema.prefault({}).meta({ description: 'Warnings: when they come.' }),
    server: serverSchema.prefault({}).meta({ description: 'Metrics, API and web pages.' }),
    scoring: scoringSchema.prefault({}).meta({ description: 'The live scorer.' }),
    model: modelSchema.prefault({}).meta({ description: 'Training.' }),
    notifications: notificationsSchema.prefault({}).meta({
      description: 'Messages about incidents, which alerts of Alertmanager open.',
    }),
    actions: actionsSchema.prefault({}).meta({
      description: 'What may be done to an Airflow, how far by itself, and within which limits.',
    }),
    advice: adviceSchema.prefault({}).meta({
      description: "Advice for Airflow's cluster policy, which `orc advice` writes.",
    }),
    retention: retentionSchema.prefault({}).meta({ description: 'How long facts are kept.' }),
  })
  .superRefine(checkReceivers);

export type Config = z.output<typeof configSchema>;
export type DeploymentConfig = z.output<typeof deploymentSchema>;

/** REST answers cost Airflow's API server something; the metadata database answers from a few index entries. */
const POLL_SECONDS = { rest: 60, metadata: 4 } as const;

/** Seconds between two incremental collections from this deployment. */
export function pollIntervalSeconds(deployment: DeploymentConfig): number {
  const standard = deployment.metadata_database_url === null ? POLL_SECONDS.rest : POLL_SECONDS.metadata;
  return deployment.poll_interval_seconds ?? standard;
}

export type StatsdConfig = DeploymentConfig['statsd'];
