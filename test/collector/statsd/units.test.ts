import { describe, expect, it } from 'vitest';
import { FAMILIES } from '../../../collector/statsd/families.js';
import { parseAirflowVersion, secondsPerUnit, type Protocol } from '../../../collector/statsd/units.js';

function unit(name: string, version: string | null, protocol: Protocol = 'statsd'): number {
  const family = FAMILIES.find((each) => each.name === name)!;
  return secondsPerUnit(family, protocol, version === null ? null : parseAirflowVersion(version));
}

describe('secondsPerUnit', () => {
  it.each([
    ['task.duration', '3.2.1', 0.001],
    ['task.duration', null, 0.001],
    ['task.scheduled_duration', '2.9.2', 1],
    ['task.queued_duration', '2.9.3', 0.001],
    ['task.queued_duration', '2.10.0', 0.001],
    ['dag_processing.last_duration', '2.11.0', 0.001],
    ['dag_processing.last_duration', '3.0.0', 1],
    ['dag_processing.last_duration', null, 1],
    ['dag_processing.total_parse_time', '3.2.1', 1],
    ['pool.open_slots', '3.2.1', 1],
  ])('%s of Airflow %s counts %d s', (name, version, seconds) => {
    expect(unit(name, version)).toBe(seconds);
  });

  it('DogStatsD of Airflow 2 sends seconds', () => {
    expect(unit('task.duration', '2.11.0', 'dogstatsd')).toBe(1);
    expect(unit('task.duration', '3.0.0', 'dogstatsd')).toBe(0.001);
    expect(unit('ti.start', '2.11.0', 'dogstatsd')).toBe(1);
  });
});

describe('parseAirflowVersion', () => {
  it.each([
    ['3.2.1', [3, 2, 1]],
    ['2.10', [2, 10, 0]],
    ['3.3.0.dev0', [3, 3, 0]],
    ['unknown', null],
  ])('%s', (text, version) => {
    expect(parseAirflowVersion(text)).toEqual(version);
  });
});
