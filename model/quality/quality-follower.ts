/** Joins outcomes with the scores that were served, and keeps the figures of live quality and drift up to date. */
import { systemClock, type Clock } from '../../core/clock.js';
import type { Database } from '../../core/database/port.js';
import { latestFactId } from '../../core/fact-log/read.js';
import type { Logger } from '../../core/logger.js';
import { repeat } from '../../core/repeat.js';
import { DAG_RUN_FEATURES, TRY_FEATURES } from '../../features/registry.js';
import { championVersion, readReference } from '../registry/registry.js';
import type { SubjectKind } from '../types.js';
import { measureDrift, type Drift } from './drift.js';
import { liveQuality, type LiveQuality } from './live-quality.js';
import { joinOutcomes, keptFrom, readOutcomes, sampleBeginnings } from './score-store.js';

export interface QualityFollowerOptions {
  readonly database: Database;
  /** The time of the facts. */
  readonly clock: Clock;
  /** The time of the machine; the system's unless given. */
  readonly wallClock?: Clock;
  readonly logger: Logger;
  /** Outcomes older than this say nothing of the present quality. */
  readonly windowDays: number;
  /** Called after every evaluation. */
  readonly onEvaluated?: () => Promise<void>;
}

/** What is known of the scores of late. */
export interface QualityView {
  readonly quality: LiveQuality;
  /** Against what the model in use learnt from; null while unknown. */
  readonly drift: Readonly<Record<SubjectKind, Drift | null>>;
}

export interface QualityFollower {
  /** Null until the first evaluation. */
  view(): QualityView | null;
  /** Joins what has ended since, and evaluates. Rejects when the database does. */
  refresh(): Promise<void>;
  /** Joins every half minute and evaluates every five, until the signal aborts. Never rejects. */
  run(signal: AbortSignal): Promise<void>;
}

const JOIN_SECONDS = 30;
const EVALUATE_SECONDS = 300;
/** A score may be written so long after the facts that were news to it: those are joined again. */
const OVERLAP_SECONDS = 600;
/** Newest outcomes of each kind that figures are of: their figures take about 50 ms. */
const OUTCOMES = 20_000;
/** Vectors that drift is of, sampled. */
const VECTORS = 2000;
const FEATURES = {
  try: TRY_FEATURES.map(({ name }) => name),
  dag_run: DAG_RUN_FEATURES.map(({ name }) => name),
} as const;

export function createQualityFollower(options: QualityFollowerOptions): QualityFollower {
  const { database, clock, logger } = options;
  const wallClock = options.wallClock ?? systemClock;
  let view: QualityView | null = null;
  /** Fact ids joined up to, with the wall clock of each, oldest first. */
  let joined: { readonly at: number; readonly factId: number }[] = [];
  let evaluatedAt = -Infinity;

  async function join(): Promise<void> {
    const at = wallClock();
    const until = await latestFactId(database);
    while (joined.length > 1 && joined[1]!.at <= at - OVERLAP_SECONDS) joined = joined.slice(1);
    await joinOutcomes(database, joined[0]?.factId ?? 0, until);
    joined.push({ at, factId: until });
  }

  async function driftOf(kind: SubjectKind, since: number, until: number): Promise<Drift | null> {
    const champion = await championVersion(database);
    const reference = champion === null ? null : await readReference(database, champion.version);
    if (reference?.[kind] == null) return null;
    const wanted = { kind, since, until };
    const names = FEATURES[kind];
    const live = await sampleBeginnings(database, { ...wanted, limit: VECTORS }, names.length);
    const { labels } = await readOutcomes(database, { ...wanted, limit: OUTCOMES });
    return measureDrift(reference[kind], names, live, labels);
  }

  async function evaluate(): Promise<void> {
    const until = clock();
    const since = keptFrom(until, options.windowDays);
    const wanted = { since, until, limit: OUTCOMES };
    const tries = await readOutcomes(database, { ...wanted, kind: 'try' });
    const runs = await readOutcomes(database, { ...wanted, kind: 'dag_run' });
    const quality = liveQuality({ try: tries, dag_run: runs }, { from: since, until });
    const drift = {
      try: await driftOf('try', since, until),
      dag_run: await driftOf('dag_run', since, until),
    };
    view = { quality, drift };
    evaluatedAt = wallClock();
    await options.onEvaluated?.();
  }

  return {
    view: () => view,
    async refresh() {
      await join();
      await evaluate();
    },
    run: (signal) =>
      repeat(
        async () => {
          await join();
          if (wallClock() - evaluatedAt >= EVALUATE_SECONDS) await evaluate();
        },
        {
          ...{ everySeconds: JOIN_SECONDS, signal, logger },
          failure: 'live quality cannot be worked out, will be tried again',
        },
      ),
  };
}
