/** How much of a second the number of a timer means; it has changed between versions of Airflow. */
import type { Family } from './families.js';

/** How a line was tagged; in Airflow 2, the DogStatsD client sent other units. */
export type Protocol = 'statsd' | 'dogstatsd';

/** `[major, minor, patch]`, such as `[3, 2, 1]`. */
export type AirflowVersion = readonly [number, number, number];

/** Null for what does not start like a version. */
export function parseAirflowVersion(text: string): AirflowVersion | null {
  const match = /^(\d+)\.(\d+)(?:\.(\d+))?/.exec(text);
  return match === null ? null : [Number(match[1]), Number(match[2]), Number(match[3] ?? 0)];
}

function isBefore(version: AirflowVersion, [major, minor, patch]: AirflowVersion): boolean {
  return (version[0] - major || version[1] - minor || version[2] - patch) < 0;
}

/**
 * Factor to base units (seconds) of a family's numbers; 1 for counters and gauges. An unknown version counts as 3.
 *
 * - `dag_processing.last_duration` holds seconds in Airflow 3 although it is sent as `ms` (apache/airflow#72553).
 * - `task.scheduled_duration` and `task.queued_duration` held seconds before 2.9.3 (apache/airflow#37936).
 * - DogStatsD in Airflow 2 got seconds, unless `[metrics] timer_unit_consistency` of 2.11 was set, which no line tells.
 */
export function secondsPerUnit(family: Family, protocol: Protocol, version: AirflowVersion | null): number {
  if (family.kind !== 'timer') return 1;
  const isAirflow2 = version !== null && version[0] < 3;
  if (isAirflow2 && protocol === 'dogstatsd') return 1;
  switch (family.timerUnit) {
    case 'parse':
      return isAirflow2 ? 0.001 : 1;
    case 'wait':
      return version !== null && isBefore(version, [2, 9, 3]) ? 1 : 0.001;
    case 'milliseconds':
      return 0.001;
  }
}
