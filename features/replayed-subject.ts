import type { Extra, TryFact } from '../core/facts.js';
import type { TrySubject } from './types.js';

/** A try as a subject at the moment it is queued; one object is reused, so that a replay allocates nothing per vector. */
export class ReplayedSubject implements TrySubject {
  readonly kind = 'try';
  readonly stage = 'queued';
  readonly startedAt = null;
  fact!: TryFact;

  get deployment(): string {
    return this.fact.deployment;
  }
  get dagId(): string {
    return this.fact.dagId;
  }
  get runId(): string {
    return this.fact.runId;
  }
  get taskId(): string {
    return this.fact.taskId;
  }
  get mapIndex(): number {
    return this.fact.mapIndex;
  }
  get tryNumber(): number {
    return this.fact.tryNumber;
  }
  get runType(): string | null {
    return this.fact.runType;
  }
  get operator(): string | null {
    return this.fact.operator;
  }
  get pool(): string | null {
    return this.fact.pool;
  }
  get queue(): string | null {
    return this.fact.queue;
  }
  get owner(): string | null {
    return this.fact.owner;
  }
  /** With keys that start with `post_`, which the engine does not read of a subject. */
  get extra(): Extra | null {
    return this.fact.extra;
  }
  get scheduledAt(): number | null {
    return this.fact.scheduledAt;
  }
  get queuedAt(): number | null {
    return this.fact.queuedAt ?? this.fact.startedAt;
  }
}
