import type { UnixSeconds } from '../../core/facts.js';
import type { ListLimits, Span } from './api.js';
import { commitBatch } from './commit.js';
import { type Pass, serverNow } from './context.js';
import { mapAssetEvent, mapDeadline, mapEventLog } from './map-surroundings.js';
import { readOptional } from './optional.js';
import { readSpans } from './read-spans.js';
import { type EventsState, loadState, saveState } from './state.js';
import type { Batch } from './write-batch.js';

/** One pass reads this many rows of a stream at most; the next goes on from there. */
const ROWS_PER_PASS = 50_000;

/** A stream of events that Airflow dates; what is in the log already changes nothing. */
interface EventStream {
  readonly name: 'asset_events' | 'event_log' | 'deadlines';
  /** What was read in the span as observations, and how many rows that took; null when there are too many. */
  readonly read: (span: Span, limits: ListLimits) => Promise<{ batch: Batch; rows: number } | null>;
}

/**
 * Reads the updates of assets, what people did, and deadlines since the last reading, less an overlap; the first time, since `since`. Each span is
 * one transaction with the point from which the next reading goes on. Nothing is read where this user may not.
 */
export async function collectEvents(pass: Pass, since: UnixSeconds | null): Promise<void> {
  const { api, deployment, actingUser } = pass;
  await collectStream(pass, since, {
    name: 'asset_events',
    async read(span, limits) {
      const events = await api.assetEventsIn(span, limits);
      if (events === null) return null;
      const assetEvents = events.map((event) => mapAssetEvent(event, deployment));
      return { batch: { assetEvents }, rows: events.length };
    },
  });
  await collectStream(pass, since, {
    name: 'event_log',
    async read(span, limits) {
      const events = await api.eventLogIn(span, limits);
      if (events === null) return null;
      const eventLog = events.flatMap((event) => mapEventLog(event, deployment, actingUser) ?? []);
      return { batch: { eventLog }, rows: events.length };
    },
  });
  const { deadlinesIn } = api;
  if (deadlinesIn === null) return;
  await collectStream(pass, since, {
    name: 'deadlines',
    async read(span, limits) {
      const rows = await deadlinesIn(span, limits);
      if (rows === null) return null;
      const deadlines = rows.flatMap((row) => mapDeadline(row, deployment));
      return { batch: { deadlines }, rows: rows.length };
    },
  });
}

async function collectStream(pass: Pass, since: UnixSeconds | null, stream: EventStream): Promise<void> {
  const startedAt = serverNow(pass);
  const settledUntil = startedAt - pass.tuning.overlapSeconds;
  const state = await planStream(pass, since, stream.name, settledUntil);
  let rows = 0;
  await readOptional(pass, stream.name, () =>
    readSpans(pass, state.readFrom, startedAt, async (span, limits) => {
      const read = await stream.read(span, limits);
      if (read === null) return 'too_many';
      const readFrom = Math.max(state.readFrom, Math.min(span.to ?? settledUntil, settledUntil));
      await commitBatch(pass, read.batch, state.liveFrom, (connection) =>
        saveState(connection, pass, stream.name, { ...state, readFrom }),
      );
      rows += read.rows;
      return rows < ROWS_PER_PASS ? 'done' : 'enough';
    }),
  );
}

/** Where to begin: at the start of what is wanted, or where the reading before stopped. */
async function planStream(
  pass: Pass,
  since: UnixSeconds | null,
  name: EventStream['name'],
  settledUntil: UnixSeconds,
): Promise<EventsState> {
  const { address } = pass.source;
  const saved = await loadState(pass.database, pass, name);
  const coveredFrom = since ?? 0;
  if (saved?.address !== address)
    return { address, coveredFrom, readFrom: coveredFrom, liveFrom: settledUntil };
  if (coveredFrom >= saved.coveredFrom) return saved;
  // Earlier than last time: what lies between is read once more, which tells the log nothing new.
  return { ...saved, coveredFrom, readFrom: coveredFrom };
}
