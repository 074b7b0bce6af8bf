/** What every page needs to know. */
import type { UnixSeconds } from '../../core/facts.js';
import type { Role } from '../auth/roles.js';
import type { ScoreBoard, ScorerStatus } from '../live/board.js';

export interface PageContext {
  readonly board: ScoreBoard | null;
  readonly status: ScorerStatus;
  /** Wall clock, against which the age of the scores counts. */
  readonly now: UnixSeconds;
  /** Of ORC AI. */
  readonly version: string;
  /** Changes with the content of CSS, script and icon, so that they can be cached for ever. */
  readonly assetVersion: string;
  /** Sources that fail or are silent. */
  readonly troubledSources: number;
  /** Of the reader's token; null where none was needed. */
  readonly role: Role | null;
  /** Null where there is no ledger of actions. */
  readonly actions: { readonly waiting: number; readonly isStopped: boolean } | null;
  /** Whether the reader signed in with a token and so may sign out. */
  readonly signedIn: boolean;
}

/** Scores older than this are announced as old. */
export const STALE_SECONDS = 120;

/** Replayed history is told apart from live data by this difference of clocks. */
const REPLAY_SECONDS = 120;

export function isReplay(board: ScoreBoard): boolean {
  return Math.abs(board.refreshedAt - board.asOf) > REPLAY_SECONDS;
}

export function dagPath(dagId: string, deployment: string): string {
  return `/dags/${encodeURIComponent(dagId)}?deployment=${encodeURIComponent(deployment)}`;
}

/** From where ORC sends on to the DAG's page in its Airflow. */
export function airflowPath(dagId: string, deployment: string): string {
  return `/dags/${encodeURIComponent(dagId)}/airflow?deployment=${encodeURIComponent(deployment)}`;
}
