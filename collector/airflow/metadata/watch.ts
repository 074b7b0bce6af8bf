import type { UnixSeconds } from '../../../core/facts.js';
import type { Candidate, Signs } from './candidates.js';

/** A run is watched for this long after it was last seen active: its tasks may end a little after it. */
const WATCH_SECONDS = 180;
/** How often all of task_instance is looked at, and how soon after the start. */
const EVERYTHING_SECONDS = { first: 600, then: 3600 } as const;
/** Looking at everything takes at most one part in this many of the time. */
const PATIENCE = 100;

interface Watched {
  seenAt: UnixSeconds;
  /** Since when its changes count; null: since the beginning of each span. */
  since: UnixSeconds | null;
}

/**
 * Which DAG runs may have changed, remembered from one poll to the next. No index of Airflow's leads to what changed, but every
 * change is preceded by a sign: the run was active at the last poll, is new, or stands in the event log. What shows no sign is
 * found by a rare look at everything. Times are those of the clocks of database and Airflow, which are taken as one.
 */
export class RunWatch {
  readonly #runs = new Map<number, Watched>();
  /** Runs watched no more, and up to when their changes are committed; since the last look at everything. */
  readonly #left = new Map<number, UnixSeconds>();
  #lastRunId: number | null = null;
  /** Changes before this that showed no sign were looked for; null before the first poll. */
  #everythingFrom: UnixSeconds | null = null;
  #everythingDueAt = Infinity;

  /** Null before the first poll of this process. */
  get lastRunId(): number | null {
    return this.#lastRunId;
  }

  isEverythingDue(now: UnixSeconds): boolean {
    return now >= this.#everythingDueAt;
  }

  /** From when a look at everything must reach. */
  get everythingFrom(): UnixSeconds | null {
    return this.#everythingFrom;
  }

  /** What a look at everything has found: of runs that are not watched, what is not committed counts. */
  addEverything(ids: readonly number[], startedAt: UnixSeconds, endedAt: UnixSeconds, overlap: number): void {
    for (const id of ids) {
      if (this.#runs.has(id)) continue;
      const since = this.#left.get(id) ?? this.#everythingFrom;
      // Once it is committed that was all.
      this.#runs.set(id, { seenAt: endedAt - WATCH_SECONDS, since });
    }
    this.#left.clear();
    this.#everythingFrom = startedAt - overlap;
    this.postpone(endedAt, endedAt - startedAt);
  }

  /** The next look at everything comes later. */
  postpone(now: UnixSeconds, tookSeconds: number): void {
    this.#everythingDueAt = now + Math.max(EVERYTHING_SECONDS.then, tookSeconds * PATIENCE);
  }

  /**
   * The runs to look at for changes since `from`, up to which everything is committed.
   * @param changed runs whose own row changed, where that was asked
   */
  candidates(from: UnixSeconds, signs: Signs, changed: readonly number[]): Candidate[] {
    if (this.#everythingFrom === null) {
      this.#everythingFrom = from;
      this.#everythingDueAt = signs.now + EVERYTHING_SECONDS.first;
    }
    for (const id of [...signs.active, ...signs.touched, ...changed]) this.#see(id, signs.now);
    this.#lastRunId = Math.max(this.#lastRunId ?? 0, signs.lastRunId);
    const candidates: Candidate[] = [];
    for (const [id, watched] of this.#runs) {
      // What happened until then is committed.
      if (watched.seenAt + WATCH_SECONDS < from) {
        this.#runs.delete(id);
        this.#left.set(id, from);
      } else candidates.push({ id, since: watched.since === null ? from : Math.min(from, watched.since) });
    }
    return candidates;
  }

  #see(id: number, now: UnixSeconds): void {
    const watched = this.#runs.get(id);
    if (watched === undefined) this.#runs.set(id, { seenAt: now, since: null });
    else watched.seenAt = now;
  }
}
