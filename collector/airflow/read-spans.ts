import type { UnixSeconds } from '../../core/facts.js';
import type { ListLimits, Span } from './api.js';
import type { Pass } from './context.js';
import { isAirflowError } from './http/airflow-error.js';

/** Spans are not made narrower than this: what does not fit then is read whole. */
export const NARROWEST_SECONDS = 1;

/** Reads and commits one span: `too_many` asks for a narrower one, `enough` ends the reading for this pass. */
export type SpanReader = (span: Span, limits: ListLimits) => Promise<'done' | 'too_many' | 'enough'>;

/**
 * Reads everything from a time on, as one span at first. The last span is open towards the future, so that no row leaves it while it
 * is paged. A span that is too large or times out is halved; after it, spans grow again.
 * @param startedAt time on Airflow's clock when the reading began
 */
export async function readSpans(
  pass: Pass,
  start: UnixSeconds,
  startedAt: UnixSeconds,
  read: SpanReader,
): Promise<void> {
  let from = start;
  let width: number | null = null;
  for (;;) {
    const to: UnixSeconds | null = width === null || from + width >= startedAt ? null : from + width;
    const length = (to ?? Math.max(startedAt, from)) - from;
    const outcome = await readOne(pass, { from, to }, length, read);
    if (outcome === 'enough') return;
    if (outcome === 'too_many') {
      width = Math.max(NARROWEST_SECONDS, length / 2);
      continue;
    }
    if (to === null) return;
    from = to;
    width = width === null ? null : width * 2;
  }
}

async function readOne(
  pass: Pass,
  span: Span,
  length: number,
  read: SpanReader,
): Promise<'done' | 'too_many' | 'enough'> {
  const isNarrowest = length <= NARROWEST_SECONDS;
  const limits: ListLimits = {
    maxRows: isNarrowest ? Infinity : pass.tuning.maxRows,
    isTimeoutFinal: !isNarrowest,
  };
  try {
    return await read(span, limits);
  } catch (error) {
    if (isNarrowest || !isAirflowError(error, 'timeout')) throw error;
    pass.logger.info(
      { err: error, span_seconds: length / 2 },
      'Airflow answers too slowly: asking for less at once',
    );
    return 'too_many';
  }
}
