/** What is open and what waits now, for whoever looks at it all the time. */
import type { Database } from '../../core/database/port.js';
import type { UnixSeconds } from '../../core/facts.js';
import type { Logger } from '../../core/logger.js';
import { repeat } from '../../core/repeat.js';
import type { Channel } from '../delivery/types.js';
import type { IncidentKey, Severity } from './types.js';

export interface OpenIncident extends IncidentKey {
  readonly severity: Severity;
  readonly team: string | null;
  readonly openedAt: UnixSeconds;
}

export interface Standing {
  /** Oldest first. */
  readonly open: readonly OpenIncident[];
  /** Messages that could not be sent yet; every channel asked for, also with 0. */
  readonly waiting: readonly { readonly channel: Channel; readonly count: number }[];
}

/** @param channels those that are told of */
export async function readStanding(
  database: Pick<Database, 'query'>,
  channels: readonly Channel[],
): Promise<Standing> {
  const open = await database.query<OpenIncident & Record<string, unknown>>(
    `SELECT deployment, kind, subject, severity, team, extract(epoch FROM opened_at)::double precision AS "openedAt"
     FROM incident WHERE closed_at IS NULL ORDER BY incident_id`,
    [],
  );
  const waiting = await database.query<{ channel: Channel; count: number }>(
    `SELECT asked.channel, count(notification_id)::int AS count
     FROM unnest($1::text[]) WITH ORDINALITY AS asked (channel, place)
     LEFT JOIN notification ON notification.channel = asked.channel AND finished_at IS NULL AND last_error IS NOT NULL
     GROUP BY asked.channel, place ORDER BY place`,
    [channels],
  );
  return { open, waiting };
}

export interface StandingFollower {
  /** Null before the first {@link refresh}, and after one that failed. */
  view(): Standing | null;
  /** Rejects when the database does. */
  refresh(): Promise<void>;
  /** Refreshes until the signal aborts. Never rejects. */
  run(signal: AbortSignal): Promise<void>;
}

const REFRESH_SECONDS = 10;

export function createStandingFollower(options: {
  readonly database: Pick<Database, 'query'>;
  readonly channels: readonly Channel[];
  readonly logger: Logger;
}): StandingFollower {
  let view: Standing | null = null;

  async function refresh(): Promise<void> {
    try {
      view = await readStanding(options.database, options.channels);
    } catch (error) {
      view = null;
      throw error;
    }
  }

  return {
    view: () => view,
    refresh,
    run: (signal) =>
      repeat(refresh, {
        ...{ everySeconds: REFRESH_SECONDS, signal, logger: options.logger },
        failure: 'open incidents cannot be read; trying again',
      }),
  };
}
