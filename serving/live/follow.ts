/** Reads the fact log into a {@link LiveState}: all of it at first, then what was appended since. */
import { readFacts, latestFactId } from '../../core/fact-log/read.js';
import type { Database } from '../../core/database/port.js';
import type { UnixSeconds } from '../../core/facts.js';
import type { ProgressListener } from '../../core/progress.js';
import type { TimingOptions } from '../../model/intervals/timing-fold.js';
import { LiveState } from './live-state.js';
import { yieldToEventLoop } from './score.js';

/** Moments observed before the event loop gets its turn: a few milliseconds. */
const MOMENTS = 500;
const YIELD_MS = 15;

export interface ReplayFactsOptions {
  readonly lagSeconds: number;
  /** Subjects queued from then on are described, to learn from their outcomes. */
  readonly describeFrom: UnixSeconds;
  /** Facts that become visible later are held until {@link advanceTo} reaches them. */
  readonly now: UnixSeconds;
  readonly timing: TimingOptions;
  readonly onProgress: ProgressListener;
  readonly signal: AbortSignal;
}

/** Observes everything that is visible before `now`. */
export async function advanceTo(state: LiveState, now: UnixSeconds): Promise<void> {
  while (!state.advance(now, MOMENTS)) await yieldToEventLoop();
}

/** The whole log, folded up to `now`. Rejects with the reason of the signal when it aborts. */
export async function replayFacts(database: Database, options: ReplayFactsOptions): Promise<LiveState> {
  const { lagSeconds, now, onProgress, signal } = options;
  const state = new LiveState(lagSeconds, options.describeFrom, options.timing);
  const untilFactId = await latestFactId(database);
  let done = 0;
  let turn = performance.now();
  for await (const rows of readFacts(database, { untilFactId, lagSeconds })) {
    signal.throwIfAborted();
    let visibleAt = NaN;
    for (const row of rows) {
      const at = state.push(row);
      if (!Number.isNaN(at)) visibleAt = at;
    }
    // Facts come in the order of their first moment: what lies before the last one told is complete.
    if (!Number.isNaN(visibleAt)) state.advance(Math.min(visibleAt, now));
    done += rows.length;
    // Ids have gaps, so the highest of them is only about the number of facts.
    onProgress({ step: 'Reading the history', done, total: Math.max(done, untilFactId), unit: 'facts' });
    if (performance.now() - turn > YIELD_MS) {
      await yieldToEventLoop();
      turn = performance.now();
    }
  }
  await advanceTo(state, now);
  state.lastFactId = Math.max(state.lastFactId, untilFactId);
  return state;
}

/** Takes in what was appended since; returns how many facts that were. Nothing is taken in when reading fails. */
export async function readAppended(database: Database, state: LiveState): Promise<number> {
  const untilFactId = await latestFactId(database);
  if (untilFactId <= state.lastFactId) return 0;
  const scope = { afterFactId: state.lastFactId, untilFactId, deriveRuns: false };
  const appended = [];
  for await (const rows of readFacts(database, scope)) appended.push(...rows);
  for (const row of appended) state.push(row);
  state.lastFactId = untilFactId;
  return appended.length;
}
