import type { DagRunObservation, TryObservation, UnixSeconds } from '../../core/facts.js';
import type { Sighting } from './timeline.js';

export interface Observations {
  readonly tries: readonly TryObservation[];
  readonly dagRuns: readonly DagRunObservation[];
}

/** What a backfill at `at` would find: each try and DAG run in its latest state by then. The timeline is in order of time. */
export function latestBy(timeline: readonly Sighting[], at: UnixSeconds): Observations {
  const latest = new Map<string, Sighting>();
  for (const sighting of timeline) {
    if (sighting.at > at) break;
    latest.set(keyOf(sighting), sighting);
  }
  return split([...latest.values()]);
}

/** What happened after `after` and up to `until`, every state that was passed. */
export function sightingsBetween(
  timeline: readonly Sighting[],
  after: UnixSeconds,
  until: UnixSeconds,
): Observations {
  return split(timeline.slice(firstAfter(timeline, after), firstAfter(timeline, until)));
}

function keyOf({ kind, observation }: Sighting): string {
  const run = [kind, observation.deployment, observation.dagId, observation.runId];
  const parts =
    kind === 'try' ? [...run, observation.taskId, observation.mapIndex, observation.tryNumber] : run;
  return parts.join('\u0000');
}

/** Index of the first sighting later than `time`, by bisection. */
function firstAfter(timeline: readonly Sighting[], time: UnixSeconds): number {
  let low = 0;
  let high = timeline.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (timeline[middle]!.at <= time) low = middle + 1;
    else high = middle;
  }
  return low;
}

function split(sightings: readonly Sighting[]): Observations {
  return {
    tries: sightings.flatMap((s) => (s.kind === 'try' ? [s.observation] : [])),
    dagRuns: sightings.flatMap((s) => (s.kind === 'dag_run' ? [s.observation] : [])),
  };
}
