/** Ids as one text. */
import type { RowSubject } from './vector-store.js';

/** One text for both ids of a DAG. */
export function dagKey(ids: Pick<RowSubject, 'deployment' | 'dagId'>): string {
  return `${ids.deployment}\0${ids.dagId}`;
}

/** One text for all ids of a run. */
export function runKey(ids: Pick<RowSubject, 'deployment' | 'dagId' | 'runId'>): string {
  return `${dagKey(ids)}\0${ids.runId}`;
}

/** One text for all ids of a try. */
export function tryKey(ids: RowSubject): string {
  return `${runKey(ids)}\0${ids.taskId}\0${ids.mapIndex}\0${ids.tryNumber}`;
}
