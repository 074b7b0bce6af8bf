import type { DagRunObservation, TryObservation, UnixSeconds } from '../../core/facts.js';
import type { Recording } from './types.js';

/** What a live collector would have seen at one moment. */
export type Sighting =
  | { readonly at: UnixSeconds; readonly kind: 'try'; readonly observation: TryObservation }
  | { readonly at: UnixSeconds; readonly kind: 'dag_run'; readonly observation: DagRunObservation };

/**
 * Takes a finished history apart into what could be seen while it happened: each try and DAG run as queued, running and
 * ended, in the order of time. Nothing is told before its moment: a queued try has no host name and no `post_` key yet.
 */
export function buildTimeline(recording: Pick<Recording, 'tries' | 'dagRuns'>): Sighting[] {
  const sightings = [...recording.dagRuns.flatMap(runSightings), ...recording.tries.flatMap(trySightings)];
  return sightings.sort((a, b) => a.at - b.at);
}

function runSightings(run: DagRunObservation): Sighting[] {
  const seen: Sighting[] = [];
  const add = (at: UnixSeconds | null, observation: DagRunObservation): void => {
    if (at !== null) seen.push({ at, kind: 'dag_run', observation });
  };
  add(run.queuedAt, { ...run, state: 'queued', startedAt: null, endedAt: null });
  add(run.startedAt, { ...run, state: 'running', endedAt: null });
  add(run.endedAt, run);
  return seen;
}

function trySightings(finished: TryObservation): Sighting[] {
  const seen: Sighting[] = [];
  const add = (at: UnixSeconds | null, observation: TryObservation): void => {
    if (at !== null) seen.push({ at, kind: 'try', observation });
  };
  const before = { ...finished, endedAt: null, extra: knownBeforeEnd(finished.extra) };
  add(finished.queuedAt, { ...before, state: 'queued', startedAt: null, hostname: null });
  add(finished.startedAt, { ...before, state: 'running' });
  add(finished.endedAt, finished);
  return seen;
}

function knownBeforeEnd(extra: TryObservation['extra']): TryObservation['extra'] {
  if (extra === null) return null;
  const known = Object.entries(extra).filter(([key]) => !key.startsWith('post_'));
  return known.length === 0 ? null : Object.fromEntries(known);
}
