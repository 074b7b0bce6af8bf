/** Everything that is folded from the fact log for live scoring, in one pass: features, subjects, outcomes, times. */
import { firstVisibleAt, visibleAt } from '../../core/fact-log/visible-time.js';
import type { AnyFact } from '../../core/fact-log/read.js';
import type { UnixSeconds } from '../../core/facts.js';
import { Engine } from '../../features/engine.js';
import { FinalFailures } from '../../features/final-failures.js';
import { EventQueue } from '../../features/expand.js';
import type { FactEvent } from '../../features/types.js';
import { TimingFold, type TimingOptions } from '../../model/intervals/timing-fold.js';
import { OutcomeFeed } from './outcome-feed.js';
import { createSubjectFold, type SubjectFold } from './subjects.js';

/** Facts of assumed visibility that are told this much later than they count as visible came too late for their place. */
const LATE_SECONDS = 1;

export class LiveState {
  readonly engine: Engine;
  readonly subjects: SubjectFold = createSubjectFold();
  readonly outcomes: OutcomeFeed;
  readonly timing: TimingFold;
  readonly finals = new FinalFailures();
  /** The last fact taken in. */
  lastFactId = 0;
  /** Facts taken in after their place in the order had passed: only a new replay puts them there. */
  lateFacts = 0;
  private readonly queue: EventQueue;
  private clock: UnixSeconds = -Infinity;
  private observed = 0;

  /**
   * @param lagSeconds how long after it happened a fact of assumed visibility counts as visible.
   * @param describeFrom subjects queued from then on are described for {@link outcomes}.
   * @param timing deadlines that were configured.
   * @param maxDags most DAGs remembered; as many as by an engine unless given.
   */
  constructor(
    private readonly lagSeconds: number,
    readonly describeFrom: UnixSeconds,
    timing: TimingOptions = {},
    maxDags?: number,
  ) {
    this.engine = new Engine({
      onDagForgotten: (deployment, dagId) => {
        this.subjects.forgetDag(deployment, dagId);
        this.timing.forgetDag(deployment, dagId);
        this.finals.forgetDag(deployment, dagId);
      },
      ...(maxDags === undefined ? {} : { maxDags }),
    });
    this.outcomes = new OutcomeFeed(this.engine);
    this.timing = new TimingFold(timing);
    this.queue = new EventQueue(lagSeconds);
  }

  /** Number of events observed. */
  get events(): number {
    return this.observed;
  }

  /** Takes in a fact and returns from when on it counts. */
  push(row: AnyFact): UnixSeconds {
    const { fact } = row;
    this.lastFactId = Math.max(this.lastFactId, fact.factId);
    if (fact.visibilityAssumed && this.visibleTime(row) < this.clock - LATE_SECONDS) this.lateFacts++;
    return this.queue.push(row);
  }

  /** Observes what is visible before `until`, at most `limit` moments of it; true when all of it is observed. */
  advance(until: UnixSeconds, limit = Infinity): boolean {
    const { queue } = this;
    for (let moments = 0; moments < limit; moments++) {
      const at = queue.nextAt;
      if (at >= until) break;
      this.clock = at;
      if (at < this.describeFrom) this.observe(queue.popBefore(until)!);
      else this.observeMoment(at, until);
    }
    const isDone = queue.nextAt >= until;
    if (isDone && Number.isFinite(until)) this.timing.passTime(until);
    return isDone;
  }

  private visibleTime(row: AnyFact): UnixSeconds {
    if (row.kind === 'try' || row.kind === 'dag_run') return firstVisibleAt(row.fact, this.lagSeconds);
    return visibleAt(row.fact, row.fact.eventTime, this.lagSeconds);
  }

  /** A decision sees only what was visible strictly before it: all of one moment is described before any of it is observed. */
  private observeMoment(at: UnixSeconds, until: UnixSeconds): void {
    const moment: FactEvent[] = [];
    while (this.queue.nextAt === at) moment.push(this.queue.popBefore(until)!);
    for (const event of moment) {
      if (event.kind === 'try' && event.phase === (event.fact.queuedAt === null ? 'started' : 'queued')) {
        this.outcomes.describeTry(event.fact, at);
      } else if (event.kind === 'dag_run' && event.phase === 'queued') {
        this.outcomes.describeRun(event.fact, at);
      }
    }
    for (const event of moment) this.observe(event);
  }

  private observe(event: FactEvent): void {
    this.engine.observe(event);
    this.subjects.observe(event);
    this.timing.observe(event);
    this.finals.observe(event);
    this.observed++;
    if (event.at < this.describeFrom) return;
    if (event.kind === 'try' && event.phase === 'ended') this.outcomes.tryEnded(event.fact, event.at);
    if (event.kind === 'dag_run' && event.phase === 'ended') this.outcomes.runEnded(event.fact, event.at);
  }
}
