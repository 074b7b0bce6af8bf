/** When the current and next runs end, beside their risks. */
import type { UnixSeconds } from '../../core/facts.js';
import type { RunTiming, TimingFold } from '../../model/intervals/timing-fold.js';
import type { DagRisk, ScoredDag } from './board.js';
import { yieldToEventLoop } from './score.js';

/** Time after which the event loop gets its turn. */
const YIELD_MS = 15;

/** Of several runs the one that is likeliest to be late, or the oldest where no deadline is known. */
export function speakingRun(timings: readonly (RunTiming | null)[]): RunTiming | null {
  let best: RunTiming | null = null;
  for (const timing of timings) {
    if (timing !== null && (best === null || (timing.lateRisk ?? -1) > (best.lateRisk ?? -1))) best = timing;
  }
  return best;
}

/** Adds the forecasts. The fold must not observe anything meanwhile. */
export async function timeDags(
  dags: readonly ScoredDag[],
  fold: Pick<TimingFold, 'forecast'>,
  now: UnixSeconds,
): Promise<DagRisk[]> {
  const timed: DagRisk[] = [];
  let turn = performance.now();
  for (const scored of dags) {
    const runTimings = scored.dag.runs.map((run) => fold.forecast(run, now));
    timed.push({ ...scored, timing: speakingRun(runTimings), runTimings });
    if (performance.now() - turn < YIELD_MS) continue;
    await yieldToEventLoop();
    turn = performance.now();
  }
  return timed;
}
