import type { UnixSeconds } from '../../core/facts.js';
import type { ListLimits, Span } from './api.js';
import { commitBatch } from './commit.js';
import { type Pass, rememberHistory, serverNow } from './context.js';
import { mapDagRun } from './map.js';
import { readSpans } from './read-spans.js';
import { readTries } from './read-tries.js';
import { loadState, saveState } from './state.js';
import { tellClearings } from './tell-clearings.js';

/**
 * Reads what has changed (Airflow's `updated_at`) since the last reading, less an overlap: for commits that came late and
 * clocks that differ. What was read before tells the log nothing new.
 *
 * Each span of {@link readSpans} is one transaction with the point from which the next reading goes on.
 *
 * Returns the time on Airflow's clock up to which everything is known.
 */
export async function collectChanges(pass: Pass): Promise<UnixSeconds> {
  const startedAt = serverNow(pass);
  const settledUntil = startedAt - pass.tuning.overlapSeconds;
  const saved = await loadState(pass.database, pass, 'changes');
  const liveFrom = saved?.readFrom ?? settledUntil;
  await readSpans(pass, liveFrom, startedAt, async (span, limits) => {
    // What is newer than the overlap may still be joined by late commits: such spans advance this pass, not the next.
    const readFrom = span.to === null ? settledUntil : Math.min(span.to, settledUntil);
    return readSpan(pass, span, limits, { liveFrom, readFrom: Math.max(readFrom, liveFrom) });
  });
  return startedAt;
}

interface SpanPlan {
  readonly liveFrom: UnixSeconds;
  /** Where the next pass goes on once this span is committed. */
  readonly readFrom: UnixSeconds;
}

async function readSpan(
  pass: Pass,
  span: Span,
  limits: ListLimits,
  { liveFrom, readFrom }: SpanPlan,
): Promise<'done' | 'too_many'> {
  const read = await pass.api.changedIn(span, limits);
  if (read === null) return 'too_many';
  await tellClearings(pass, read.dagRuns);
  const tries = await readTries(pass, read);
  const dagRuns = read.dagRuns.flatMap((run) => mapDagRun(run, pass.deployment) ?? []);
  await commitBatch(pass, { dagRuns, tries: tries.observations }, liveFrom, (connection) =>
    saveState(connection, pass, 'changes', { readFrom }),
  );
  rememberHistory(pass.memory, tries.historyIds);
  pass.onProgress({ step: 'changes', done: pass.tally.tries.received, unit: 'tries' });
  return 'done';
}
