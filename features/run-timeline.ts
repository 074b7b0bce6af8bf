/** When a DAG run began, what was queued in it, and when it counts as over. */
import type { DagRunFact } from '../core/facts.js';
import { DAY, HOUR } from './decay.js';

/** A run whose end was told is kept this long for facts that arrive late. */
const ENDED_RUN_SECONDS = HOUR;
/** A run of which no end is told has an outcome for the time being after so long without an open try. */
const QUIET_RUN_SECONDS = HOUR;
/** A run of which no end is told counts as over after so long without an open try. */
const IDLE_RUN_SECONDS = DAY;
/** No run is kept longer than this without any news. */
const LOST_RUN_SECONDS = 30 * DAY;

/** A run by itself; `RunState` adds whom it belongs to. */
export class RunTimeline {
  runType: string | null = null;
  runAfter = NaN;
  queuedAt = NaN;
  startedAt = NaN;
  firstSeenAt = NaN;
  lastSeenAt = NaN;
  /** True once a DAG run fact told of it; otherwise its outcome is derived from its tries. */
  described = false;
  /** When the latest of its tries ended. */
  lastEndedAt = NaN;
  /** True once a try of it ended with a label. */
  hasOutcome = false;
  /** Its outcome has entered the history of the DAG. */
  closed = false;
  /** Whether it failed, once it is closed; null when it ended without an outcome. */
  outcome: boolean | null = null;
  open = 0;
  retries = 0;

  /** When it began: queued, started or first seen. */
  get began(): number {
    if (!Number.isNaN(this.queuedAt)) return this.queuedAt;
    return Number.isNaN(this.startedAt) ? this.firstSeenAt : this.startedAt;
  }

  describe(fact: DagRunFact, hasStarted: boolean): void {
    this.described = true;
    this.runType = fact.runType ?? this.runType;
    this.runAfter = fact.runAfter ?? this.runAfter;
    this.queuedAt = fact.queuedAt ?? this.queuedAt;
    if (hasStarted) this.startedAt = fact.startedAt ?? this.startedAt;
  }

  /** Nothing tells of its end, and nothing has happened in it for a while. */
  isQuiet(at: number): boolean {
    return !this.described && !this.closed && this.open === 0 && at - this.lastSeenAt > QUIET_RUN_SECONDS;
  }

  isForgettable(at: number): boolean {
    const idle = at - this.lastSeenAt;
    if (this.open === 0 && this.closed) return idle > ENDED_RUN_SECONDS;
    if (this.open === 0 && !this.described) return idle > IDLE_RUN_SECONDS;
    return idle > LOST_RUN_SECONDS;
  }
}
