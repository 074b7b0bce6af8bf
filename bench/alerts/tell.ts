/** Deliveries through the real incidents and their outbox, on a database of its own: which messages people would have got. */
import { createNotifications } from '../../alerts/index.js';
import { notificationsSchema } from '../../core/config/notifications.js';
import type { Database } from '../../core/database/port.js';
import type { RunEnd } from '../../core/fact-log/read-run-ends.js';
import type { UnixSeconds } from '../../core/facts.js';
import { silentLogger } from '../../core/logger.js';
import type { DeliveryAt } from './deliveries.js';
import { groupBy } from './group-by.js';

/** A message that opened an incident. */
export interface ToldIncident {
  readonly kind: 'failure' | 'outage';
  readonly deployment: string;
  readonly dagId: string;
  /** Whether it was told as a risk, not as a failure that had come already. */
  readonly isWarning: boolean;
  readonly openedAt: UnixSeconds;
}

export interface TellOptions {
  readonly database: Database;
  readonly deliveries: readonly DeliveryAt[];
  /** When runs end, in steps: then incidents are looked at as well. */
  readonly endSteps: ReadonlySet<number>;
  readonly timeOf: (step: number) => UnixSeconds;
  /** Runs of a DAG that have ended by a time, newest first. */
  readonly endsBy: (deployment: string, dagId: string, by: UnixSeconds) => RunEnd[];
}

/** Empties the incidents of the database first. */
export async function tellIncidents(options: TellOptions): Promise<ToldIncident[]> {
  const { database, deliveries, endSteps, timeOf, endsBy } = options;
  await database.execute('TRUNCATE incident, notification CASCADE');
  let now = 0;
  const notifications = createNotifications({
    database,
    config: notificationsSchema.parse({ dry_run: true }),
    teams: [],
    situations: {
      situation: () => Promise.resolve(null),
      runEnds: (deployment, dagId) => Promise.resolve(endsBy(deployment, dagId, now)),
    },
    airflowUrl: () => null,
    retentionDays: 10_000,
    clock: () => now,
    logger: silentLogger(),
    print: () => undefined,
  });
  const byStep = groupBy(deliveries, ({ step }) => step);
  for (const step of [...new Set([...byStep.keys(), ...endSteps])].sort((a, b) => a - b)) {
    now = timeOf(step);
    for (const { body } of byStep.get(step) ?? []) await notifications.takeDelivery(body);
    await notifications.work();
  }
  return database.query<ToldIncident & Record<string, unknown>>(
    `SELECT kind, deployment, subject AS "dagId", extract(epoch FROM opened_at)::double precision AS "openedAt",
       (SELECT detail ->> 'phase' FROM incident_event AS event WHERE event.incident_id = incident.incident_id AND what = 'opened') = 'at_risk'
         AS "isWarning"
     FROM incident JOIN notification USING (incident_id) WHERE sent_at IS NOT NULL ORDER BY opened_at, incident_id`,
  );
}
