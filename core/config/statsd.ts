import { z } from 'zod';

const forwardTo = z
  .string()
  .regex(
    /^(?:\[[0-9a-fA-F:.]+\]|[A-Za-z0-9_.-]+):[1-9]\d{0,4}$/,
    'expected HOST:PORT, such as statsd-exporter:9125',
  )
  .refine((text) => Number(text.slice(text.lastIndexOf(':') + 1)) <= 65_535, 'expected a port up to 65535');

/** `deployments[].statsd`: off unless a port, socket or exporter is set. */
export const statsdSchema = z
  .strictObject({
    port: z.int().min(0).max(65_535).nullable().default(null).meta({
      description: 'UDP port on which to listen for StatsD; without it, ORC does not. 0 takes a free one.',
    }),
    host: z.string().min(1).default('127.0.0.1').meta({
      description:
        'Address to listen on. StatsD has no passwords: beyond loopback, let only Airflow reach the port.',
    }),
    socket_path: z.string().min(1).nullable().default(null).meta({
      description: 'Unix datagram socket to listen on instead of a UDP port (Linux and macOS).',
    }),
    forward_to: forwardTo.nullable().default(null).meta({
      description: 'HOST:PORT that gets every datagram as it came, such as that of statsd_exporter.',
    }),
    exporter_url: z
      .url({
        protocol: /^https?$/,
        error: 'expected an http:// or https:// address, such as http://statsd-exporter:9102/metrics',
      })
      .nullable()
      .default(null)
      .meta({ description: 'Metrics page of a statsd_exporter to read instead of listening.' }),
    prefix: z
      .string()
      .regex(/^[A-Za-z0-9_.-]{0,100}$/, 'expected up to 100 letters, digits, `_`, `.` or `-`')
      .default('airflow')
      .meta({ description: '`[metrics] statsd_prefix` of Airflow.' }),
    max_series: z.int().min(1).max(1_000_000).default(10_000).meta({
      description:
        'Most series (metric and labels) in memory at once; samples of further ones are dropped and counted.',
    }),
    idle_seconds: z
      .number()
      .min(10)
      .max(86_400)
      .default(300)
      .meta({ description: 'A series without a sample for so long is forgotten.' }),
    receive_buffer_bytes: z
      .int()
      .min(4096)
      .max(2 ** 30)
      .default(4 * 2 ** 20)
      .meta({
        description: 'Receive buffer of the socket; Linux grants at most `net.core.rmem_max`.',
      }),
  })
  .refine(
    ({ port, socket_path, exporter_url }) =>
      [port, socket_path, exporter_url].filter((source) => source !== null).length <= 1,
    'set only one of `port`, `socket_path` and `exporter_url`: each would tell the same facts',
  )
  .refine(
    ({ port, socket_path, forward_to }) => forward_to === null || port !== null || socket_path !== null,
    '`forward_to` needs `port` or `socket_path`: only what is received can be forwarded',
  )
  .refine(
    ({ host, port, forward_to }) => port === null || forward_to !== `${host}:${port}`,
    '`forward_to` is where ORC itself listens',
  );
