import type { Database } from '../core/database/port.js';
import type { UnixSeconds } from '../core/facts.js';
import {
  writeDagRuns,
  writeDags,
  writeFailureReasons,
  writePools,
  writeTasks,
  writeTries,
} from '../core/fact-log/write.js';
import { buildTimeline, type Sighting } from '../datasets/recording/timeline.js';
import type { Recording } from '../datasets/recording/types.js';
import { latestBy, sightingsBetween, type Observations } from '../datasets/recording/window.js';
import { RecordedReasons } from './recorded-reasons.js';

const SOURCE = 'recording';

/** Plays a recording into the fact log: first its past in one piece, then what follows as a live collector would see it. */
export class DemoPlayer {
  readonly #database: Database;
  readonly #recording: Recording;
  readonly #timeline: readonly Sighting[];
  readonly #reasons = new RecordedReasons();
  #playedTo: UnixSeconds;

  constructor(database: Database, recording: Recording) {
    this.#database = database;
    this.#recording = recording;
    this.#timeline = buildTimeline(recording);
    this.#playedTo = recording.card.recordedFrom;
  }

  /** Everything until `until`, as a backfill finds it. Returns the number of tries. */
  async loadPast(until: UnixSeconds): Promise<number> {
    const past = latestBy(this.#timeline, until);
    const options = { source: SOURCE, knownAt: until, visibilityAssumed: true };
    await this.#database.transaction(async (connection) => {
      await writeDags(connection, this.#recording.dags, {
        ...options,
        knownAt: this.#recording.card.recordedFrom,
        visibilityAssumed: false,
      });
      await writeTasks(connection, this.#recording.tasks, {
        ...options,
        knownAt: this.#recording.card.recordedFrom,
        visibilityAssumed: false,
      });
      await writePools(connection, this.#recording.pools, {
        ...options,
        knownAt: this.#recording.card.recordedFrom,
        visibilityAssumed: false,
      });
      await writeDagRuns(connection, past.dagRuns, options);
      await writeTries(connection, past.tries, options);
      await writeFailureReasons(connection, this.#reasons.of(past.tries), options);
    });
    this.#playedTo = until;
    return past.tries.length;
  }

  /** What happened since the last call and until `until`, known from then on. */
  async playTo(until: UnixSeconds): Promise<Observations> {
    const news = sightingsBetween(this.#timeline, this.#playedTo, until);
    const options = { source: SOURCE, knownAt: until, visibilityAssumed: false };
    if (news.dagRuns.length + news.tries.length > 0) {
      await this.#database.transaction(async (connection) => {
        await writeDagRuns(connection, news.dagRuns, options);
        await writeTries(connection, news.tries, options);
        await writeFailureReasons(connection, this.#reasons.of(news.tries), options);
      });
    }
    this.#playedTo = until;
    return news;
  }
}
