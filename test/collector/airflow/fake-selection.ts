/** Which rows of the world a request asks for, as Airflow filters them. */
import { parseInstant } from '../../../collector/airflow/instant.js';
import type { FakeWorld } from './fake-rows.js';

export function deadlinesIn(world: FakeWorld, query: URLSearchParams): object[] {
  return world.deadlines
    .filter(({ last_updated_at: at }) =>
      isWithin(at, query.get('last_updated_at_gte'), query.get('last_updated_at_lte')),
    )
    .sort(byId);
}

export function assetEventsIn(world: FakeWorld, query: URLSearchParams): object[] {
  return world.assetEvents
    .filter(({ timestamp }) => isWithin(timestamp, query.get('timestamp_gte'), query.get('timestamp_lte')))
    .sort((a, b) => a.timestamp.localeCompare(b.timestamp));
}

/** Neither bound includes its own time. */
export function eventLogIn(world: FakeWorld, query: URLSearchParams, excluded: readonly string[]): object[] {
  const [after, before] = [query.get('after'), query.get('before')];
  return world.eventLog.filter(
    ({ when, event }) =>
      (after === null || parseInstant(when)! > parseInstant(after)!) &&
      (before === null || parseInstant(when)! < parseInstant(before)!) &&
      !excluded.includes(event),
  );
}

function isWithin(value: string, from: string | null, to: string | null): boolean {
  const time = parseInstant(value) ?? NaN;
  return (from === null || time >= parseInstant(from)!) && (to === null || time <= parseInstant(to)!);
}

export function byId(a: { id: string }, b: { id: string }): number {
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}

/** The filters that ORC uses; a time without zone is a server error, as in Airflow. */
export function inSpan(row: { updated_at: string }, runAfter: string, query: URLSearchParams): boolean {
  const within = (field: string, value: string): boolean =>
    isWithin(value, query.get(`${field}_gte`), query.get(`${field}_lte`));
  return within('run_after', runAfter) && within('updated_at', row.updated_at);
}
