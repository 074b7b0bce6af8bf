/** What is kept of each thing that ORC or a person did about actions. */
import type { Queryable } from '../core/database/port.js';
import type { UnixSeconds } from '../core/facts.js';

export interface AuditEntry {
  /** Exact to a millisecond. */
  readonly at: UnixSeconds;
  /** Null where it is about no single Airflow. */
  readonly deployment: string | null;
  /** Who or what decided: a token by its name, a Slack user, `orc` itself, ... */
  readonly who: string;
  /** A verb and its object in a few words, such as `action.approve`. */
  readonly what: string;
  /** The reason, in words. */
  readonly why: string;
  /** State before and after, as JSON; null where there is none. Never a secret: entries are exported. */
  readonly before: unknown;
  readonly after: unknown;
  /** Ties together the entries of one request; null where nobody asked. */
  readonly requestId: string | null;
}

/** Where entries go. */
export interface AuditSink {
  /**
   * Appends within the transaction of the change that it tells of, so that there is neither one without the other. Other
   * writers wait until that transaction ends: append as its last step.
   */
  append(entry: AuditEntry, connection: Queryable): Promise<void>;
}
