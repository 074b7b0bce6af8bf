/** Measurements of the platform from the StatsD metrics that Airflow sends. */
export type { StatsdStatus } from './input.js';
export {
  startStatsd,
  STATSD_EXPORTER_SOURCE,
  STATSD_SOURCE,
  usesStatsd,
  type StartStatsdOptions,
  type StatsdSource,
} from './source.js';
