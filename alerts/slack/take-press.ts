/** What a press of a button does. */
import type { Clock } from '../../core/clock.js';
import type { Database, Queryable } from '../../core/database/port.js';
import type { UnixSeconds } from '../../core/facts.js';
import { changeIncident, insertEvents, lockIncidents } from '../incidents/change-incidents.js';
import { findIncident } from '../incidents/read-incidents.js';
import { readPresses, type DecisionPress, type Press } from './press.js';
import { verifySignature, type SignatureVerdict, type SignedRequest } from './signature.js';

export interface PressOptions {
  readonly database: Database;
  /** Wall clock. */
  readonly clock: Clock;
  readonly signingSecret: string;
  readonly snoozeHours: number;
  /** Told of each incident that a person calls not useful, once per person, when it is kept. */
  readonly onNotUseful: () => void;
  /** Decides about an action; absent where there is no ledger of them. */
  readonly onDecision?: (press: DecisionPress, requestId: string) => Promise<void>;
}

/** Why a request is acted on (`done`), or not. */
export type PressVerdict = 'done' | 'replayed' | Exclude<SignatureVerdict, 'valid'>;

/**
 * Acts on a signed request once.
 * @throws AppError `input_invalid` for a signed body that is no press.
 */
export async function takePress(options: PressOptions, request: SignedRequest): Promise<PressVerdict> {
  const verdict = verifySignature(request, options.signingSecret, options.clock());
  if (verdict !== 'valid') return verdict;
  return takeGenuine(options, request.signature!, request.body.toString('utf8'));
}

/**
 * Acts once on a request that is known to come from Slack.
 * @param id by which the same request is known when it comes again
 * @param body a form with a field `payload`
 * @throws AppError `input_invalid` for a body that is no press.
 */
export async function takeGenuine(
  options: Omit<PressOptions, 'signingSecret'>,
  id: string,
  body: string,
): Promise<'done' | 'replayed'> {
  const { database, clock } = options;
  const now = clock();
  const { ofIncidents, ofActions } = readPresses(body);
  let notUseful = 0;
  const done = await database.transaction(async (connection) => {
    const isNew = await connection.execute(
      `INSERT INTO slack_request (signature, received_at) VALUES ($1, to_timestamp($2::double precision)) ON CONFLICT DO NOTHING`,
      [id, now],
    );
    if (isNew === 0) return 'replayed';
    await lockIncidents(connection);
    notUseful = 0;
    for (const press of ofIncidents) if (await act(connection, press, options, now)) notUseful += 1;
    return 'done';
  });
  for (let i = 0; i < notUseful; i++) options.onNotUseful();
  // The id names the request, and is good for no other once it was acted on.
  if (done === 'done') for (const press of ofActions) await options.onDecision?.(press, id);
  return done;
}

/** Whether somebody called an incident not useful who had not before. */
async function act(
  connection: Queryable,
  { kind, incidentId, userId, userName }: Press,
  { snoozeHours }: Pick<PressOptions, 'snoozeHours'>,
  now: UnixSeconds,
): Promise<boolean> {
  const incident = await findIncident(connection, incidentId);
  if (incident === null) return false;
  const detail = { by: userName, user: userId };
  switch (kind) {
    case 'acknowledge':
      if (incident.acknowledgedAt !== null) return false;
      await changeIncident(connection, incidentId, { acknowledged: { at: now, by: userName } });
      await insertEvents(connection, incidentId, [{ what: 'acknowledged', detail }], now);
      break;
    case 'snooze':
      await changeIncident(connection, incidentId, {
        snoozed: { until: now + snoozeHours * 3600, by: userName },
      });
      await insertEvents(connection, incidentId, [{ what: 'snoozed', detail }], now);
      break;
    case 'notUseful': {
      const isFirst = await connection.execute(
        `INSERT INTO incident_feedback (incident_id, verdict, channel, user_id, user_name, given_at)
         VALUES ($1, 'not_useful', 'slack', $2, $3, to_timestamp($4::double precision)) ON CONFLICT DO NOTHING`,
        [incidentId, userId, userName, now],
      );
      if (isFirst === 0) return false;
      await insertEvents(connection, incidentId, [{ what: 'not_useful', detail }], now);
      break;
    }
    case 'details':
      await insertEvents(connection, incidentId, [{ what: 'details_requested', detail }], now);
      break;
  }
  // A closed incident is done with, until somebody asks about it.
  await connection.execute(
    `UPDATE notification SET finished_at = NULL, finished_reason = NULL
     WHERE incident_id = $1 AND channel = 'slack' AND remote_id IS NOT NULL AND finished_reason = 'told'`,
    [incidentId],
  );
  return kind === 'notUseful';
}
