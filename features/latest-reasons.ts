/** What the log of the latest failure told, of tasks or of map indexes. */
import { FAILURE_CLASSES, type FailureClass } from '../core/facts.js';
import { remaining } from './decay.js';
import type { Ids } from './ids.js';
import { NumberTable } from './table.js';

/** Classes that say something of the cause. */
export const KNOWN_CLASSES: readonly FailureClass[] = FAILURE_CLASSES.filter((name) => name !== 'unknown');

/** Classes whose causes lie outside the task, where other tasks meet them too. */
const SHARED_CAUSES: ReadonlySet<FailureClass> = new Set(['transient_infrastructure', 'resource']);

/** 1 for a class whose causes others share, else 0. */
export function isSharedCause(failureClass: FailureClass): 0 | 1 {
  return SHARED_CAUSES.has(failureClass) ? 1 : 0;
}

/** A reason, with the ids that stand for its class and its template (0 for none). */
export interface ExplainedFailure {
  readonly failureClass: FailureClass;
  readonly classId: number;
  readonly templateId: number;
  /** When the try ended that failed, when its reason became visible, and the seconds between. */
  readonly endedAt: number;
  readonly at: number;
  readonly age: number;
}

const IS_FAILING = 0;
const ONSET_AT = 1;
/** Ids of class and template, and whether the cause is shared; 0 while not failing, or not explained yet. */
const CLASS = 2;
const TEMPLATE = 3;
const IS_SHARED = 4;
/** When the failure ended that this is the reason of. */
const ENDED_AT = 5;
/** Own failures of the template, decayed, and the time for which that holds. */
const OWN_COUNT = 6;
const OWN_AT = 7;
/** Position of the class among the known ones, also after a success; -1 for none. */
const CLASS_INDEX = 8;

/** The latest reason by id; ids that never failed take no room. */
export class LatestReasons {
  private readonly table: NumberTable;

  /**
   * @param halfLifeSeconds at which own failures of a template are forgotten.
   * @param ids those that it is kept by.
   */
  constructor(
    private readonly halfLifeSeconds: number,
    ids: Ids,
  ) {
    this.table = new NumberTable([0, -Infinity, 0, 0, NaN, -Infinity, 0, 0, -1], ids);
  }

  /** Whether it ever failed. */
  has(id: number): boolean {
    const { data } = this.table;
    const row = this.table.peek(id);
    return data[row + ONSET_AT]! > -Infinity || data[row + ENDED_AT]! > -Infinity;
  }

  /** A labelled try ended. */
  end(id: number, failed: boolean, endedAt: number): void {
    if (!failed && !this.has(id)) return;
    const row = this.table.row(id);
    const { data } = this.table;
    const wasFailing = data[row + IS_FAILING] === 1;
    data[row + IS_FAILING] = failed ? 1 : 0;
    if (failed && !wasFailing) data[row + ONSET_AT] = endedAt;
    // A failure after another goes on for the same reason until its own is known.
    if (failed && wasFailing && data[row + CLASS] !== 0) return;
    data[row + CLASS] = 0;
    data[row + TEMPLATE] = 0;
    if (failed) data[row + CLASS_INDEX] = -1;
  }

  /** A reason became known. They may come late: not that of a failure before the latest success, nor before the one explained last. */
  explain(id: number, { failureClass, classId, templateId, endedAt, at, age }: ExplainedFailure): void {
    const row = this.table.row(id);
    const { data } = this.table;
    if (endedAt < data[row + ENDED_AT]! || endedAt < data[row + ONSET_AT]!) return;
    const own = data[row + TEMPLATE] === templateId ? data[row + OWN_COUNT]! : 0;
    data[row + CLASS] = classId;
    data[row + CLASS_INDEX] = KNOWN_CLASSES.indexOf(failureClass);
    data[row + TEMPLATE] = templateId;
    data[row + IS_SHARED] = isSharedCause(failureClass);
    data[row + ENDED_AT] = endedAt;
    data[row + OWN_COUNT] =
      own * remaining(at - data[row + OWN_AT]!, this.halfLifeSeconds) + remaining(age, this.halfLifeSeconds);
    data[row + OWN_AT] = at;
  }

  /** Id of the class of the latest failure while failing; 0 for none. */
  classOf(id: number): number {
    return this.whileFailing(id, CLASS);
  }

  /** Id of its template while failing; 0 for none. */
  templateOf(id: number): number {
    return this.whileFailing(id, TEMPLATE);
  }

  /** 1 or 0 for a cause that others share or not; NaN when that was never known. */
  isShared(id: number): number {
    return this.table.data[this.table.peek(id) + IS_SHARED]!;
  }

  /** Own failures of a template, as far as the latest was of it. */
  ownCount(id: number, templateId: number, now: number): number {
    const { data } = this.table;
    const row = this.table.peek(id);
    if (data[row + TEMPLATE] !== templateId) return 0;
    return data[row + OWN_COUNT]! * remaining(now - data[row + OWN_AT]!, this.halfLifeSeconds);
  }

  /** Position of the class of the latest failure among {@link KNOWN_CLASSES}, also after a success; -1 for none. */
  classIndex(id: number): number {
    return this.table.data[this.table.peek(id) + CLASS_INDEX]!;
  }

  private whileFailing(id: number, column: number): number {
    const row = this.table.peek(id);
    return this.table.data[row + IS_FAILING] === 1 ? this.table.data[row + column]! : 0;
  }
}
