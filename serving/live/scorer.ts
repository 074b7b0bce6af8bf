/** The live scorer: replays the fact log once, then follows it, and scores what is due now. */
import { systemClock, type Clock } from '../../core/clock.js';
import type { DeadlineConfig } from '../../core/config/deadlines.js';
import type { Database } from '../../core/database/port.js';
import { errorMessage } from '../../core/errors.js';
import { latestFactId } from '../../core/fact-log/read.js';
import type { UnixSeconds } from '../../core/facts.js';
import type { Logger } from '../../core/logger.js';
import { ignoreProgress, type ProgressListener } from '../../core/progress.js';
import { warnOfForgotten } from '../../model/forgotten-dags.js';
import type { LoadedModel } from '../../model/types.js';
import type { ScoreBoard, ScorerState, ScorerStatus, ScoreSource } from './board.js';
import { createExplainer, type Explainer } from './explainer.js';
import { advanceTo, readAppended, replayFacts } from './follow.js';
import type { LiveState } from './live-state.js';
import { scoreDags } from './score.js';
import { ScoreRecorder, type ScoreSink } from './score-recorder.js';
import { ServedModel, type ModelSource } from './served-model.js';
import { timeDags } from './time-dags.js';

export type { ModelSource } from './served-model.js';

export interface ScorerOptions {
  readonly database: Database;
  readonly models: ModelSource;
  /** The time of the facts: the wall clock, or the moment that a replay of history has come to. */
  readonly clock: Clock;
  /** The time of the machine, for the age of scores; the system's unless given. */
  readonly wallClock?: Clock;
  /** Longest time between two scorings; new facts trigger one sooner. Wall-clock seconds. */
  readonly intervalSeconds: number;
  /** How often to look for new facts and models; 2 unless given. Wall-clock seconds. */
  readonly followSeconds?: number;
  /** How long after it happened a fact of assumed visibility counts as visible; 0 unless given. */
  readonly lagSeconds?: number;
  /** By when runs have to end; of other DAGs the deadline is learnt. */
  readonly deadlines?: readonly DeadlineConfig[];
  readonly logger: Logger;
  /** Where served scores are stored, to meet their outcomes; nowhere unless given. */
  readonly scoreSink?: ScoreSink;
  /** Told of the first reading of the history. */
  readonly onProgress?: ProgressListener;
}

export interface Scorer extends ScoreSource {
  /**
   * Reads the history, scores for the first time, and goes on until {@link stop}. Resolves after the first attempt,
   * whatever it led to: {@link status} tells. Never rejects; what fails is logged and tried again.
   */
  start(): Promise<void>;
  /** One round now: new model, new facts, new scores. Rejects when it fails; the scores of before are kept. */
  refresh(): Promise<void>;
  /** New facts were written: look soon. */
  notify(): void;
  stop(): Promise<void>;
}

const DEFAULT_FOLLOW_SECONDS = 2;
/** Appended facts beyond this are replayed from the start, which is the faster way to take in so many. */
const MAX_APPENDED = 100_000;
/** A replay for the sake of late facts may take this share of the time at most: a backfill goes on for long. */
const REPLAY_SHARE = 0.2;
/** Share of the time spent scoring when facts keep coming. */
const SCORING_SHARE = 0.5;
const NO_HISTORY = 'No history is known yet: collect it with `orc collect`, or load files with `orc import`.';

export function createScorer(options: ScorerOptions): Scorer {
  const { database, clock, intervalSeconds, logger } = options;
  const wallClock = options.wallClock ?? systemClock;
  const followSeconds = options.followSeconds ?? DEFAULT_FOLLOW_SECONDS;
  const lagSeconds = options.lagSeconds ?? 0;
  const abort = new AbortController();
  const explainers = new WeakMap<ScoreBoard, Explainer>();
  const recorder = options.scoreSink === undefined ? undefined : new ScoreRecorder(options.scoreSink);
  const model = new ServedModel(options.models, logger);
  let state: LiveState | null = null;
  let board: ScoreBoard | null = null;
  let status: ScorerStatus = { state: 'starting', detail: 'Scoring has not begun yet.', lastError: null };
  let replayAllowedAt = -Infinity;
  let scoredAt = -Infinity;
  let scoringMs = 0;
  let round: Promise<void> = Promise.resolve();
  let loop: Promise<void> | null = null;
  let wake: () => void = () => undefined;
  let isWoken = false;
  let isForgettingTold = false;

  function setState(next: ScorerState, detail: string): void {
    status = { state: next, detail, lastError: null };
  }

  async function replay(now: UnixSeconds): Promise<LiveState> {
    const started = performance.now();
    const isFirst = state === null;
    const next = await replayFacts(database, {
      lagSeconds,
      describeFrom: model.learntUntil ?? now,
      now,
      timing: { deadlines: options.deadlines ?? [] },
      onProgress: isFirst ? reportProgress : ignoreProgress,
      signal: abort.signal,
    });
    const seconds = (performance.now() - started) / 1000;
    replayAllowedAt = performance.now() + (seconds * 1000) / REPLAY_SHARE;
    model.forgetCursor();
    logger.info({ events: next.events, seconds }, 'history read');
    return next;
  }

  function reportProgress(progress: Parameters<ProgressListener>[0]): void {
    const share = Math.min(99, Math.floor((100 * progress.done) / Math.max(1, progress.total ?? 1)));
    if (board === null) setState('starting', `Reading the history: about ${share} %.`);
    options.onProgress?.(progress);
  }

  /** Brings the state up to now, and tells whether it holds something new. */
  async function updateState(now: UnixSeconds): Promise<{ current: LiveState; isChanged: boolean }> {
    let current = state;
    const needsOlderOutcomes = current !== null && (model.learntUntil ?? Infinity) < current.describeFrom;
    if (current !== null && !needsOlderOutcomes) {
      const isFar = (await latestFactId(database)) - current.lastFactId > MAX_APPENDED;
      if (!isFar) await readAppended(database, current);
      const wantsReplay = isFar || current.lateFacts > 0;
      if (wantsReplay && performance.now() >= replayAllowedAt) current = null;
    } else current = null;
    const isNew = current === null;
    current ??= await replay(now);
    const before = isNew ? -1 : current.events;
    await advanceTo(current, now);
    state = current;
    if (!isForgettingTold) isForgettingTold = warnOfForgotten(logger, current.engine.forgottenDags);
    return { current, isChanged: current.events !== before };
  }

  async function score(loaded: LoadedModel, current: LiveState, now: UnixSeconds): Promise<void> {
    const started = performance.now();
    const dags = current.subjects.current(now);
    recorder?.begin(dags, now, loaded.version);
    const scores = await scoreDags(dags, current, loaded, now, recorder);
    recorder?.end();
    const timed = await timeDags(scores.dags, current.timing, now);
    scoringMs = performance.now() - started;
    scoredAt = performance.now();
    const { version, trainedAt } = loaded;
    board = {
      refreshedAt: wallClock(),
      asOf: now,
      model: { version, trainedAt },
      dags: timed,
      pools: current.timing.poolRisks(now),
      subjects: scores.subjects,
      knownDags: current.subjects.knownDags(),
      forgottenDags: current.engine.forgottenDags,
      refreshMs: scoringMs,
    };
    const { dagRunFeatures, tryFeatures } = current.engine;
    const vectors = {
      dag_run: { values: scores.runVectors, width: dagRunFeatures.length },
      try: { values: scores.tryVectors, width: tryFeatures.length },
    };
    explainers.set(board, createExplainer(loaded.snapshot(), vectors));
    const count = scores.dags.length;
    setState('scored', `${count} active ${count === 1 ? 'DAG' : 'DAGs'} scored.`);
  }

  async function work(force: boolean): Promise<void> {
    if (await model.update()) scoredAt = -Infinity;
    const now = clock();
    const { current, isChanged } = await updateState(now);
    const { loaded } = model;
    if (current.events === 0 && board === null) {
      setState('no_history', NO_HISTORY);
      return;
    }
    if (loaded === null) {
      if (model.problem !== null) setState(...model.problem);
      return;
    }
    await model.learn(current.outcomes);
    const sinceMs = performance.now() - scoredAt;
    const isDue = sinceMs >= intervalSeconds * 1000 || (isChanged && sinceMs >= scoringMs / SCORING_SHARE);
    if (force || isDue) await score(loaded, current, now);
    else status = { ...status, lastError: null };
  }

  /** Rounds take turns: nothing is observed while something is scored. */
  function inTurn(force: boolean): Promise<void> {
    const mine = round.then(() => work(force));
    round = mine.catch((error: unknown) => {
      if (abort.signal.aborted) return;
      const message = errorMessage(error);
      if (status.lastError !== message)
        logger.warn({ err: message }, 'scoring failed; the scores of before are kept');
      status = { ...status, lastError: message };
    });
    return mine;
  }

  function pause(): Promise<void> {
    return new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, isWoken ? 0 : followSeconds * 1000);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    }).then(() => {
      isWoken = false;
    });
  }

  async function run(): Promise<void> {
    for (;;) {
      await pause();
      if (abort.signal.aborted) return;
      await inTurn(false).catch(() => undefined);
    }
  }

  return {
    status: () => status,
    board: () => board,
    async explain(of, dags) {
      return (await explainers.get(of)?.explain(dags)) ?? new Map();
    },
    async start() {
      await inTurn(false).catch(() => undefined);
      loop ??= run();
    },
    refresh: () => inTurn(true),
    notify() {
      isWoken = true;
      wake();
    },
    async stop() {
      abort.abort();
      isWoken = true;
      wake();
      await loop;
      await round;
      model.dispose();
    },
  };
}
